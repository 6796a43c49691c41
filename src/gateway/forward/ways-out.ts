import type { Role } from '../../accounts/actor.ts';
import { utf8 } from '../../platform/bytes.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { noBody } from '../../platform/http/passed-body.ts';
import { toHeadersInit } from '../../platform/http/passed-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import type { BodySource } from '../../platform/net/dialer.ts';
import type { Egress } from '../../routing/forward/egress.ts';
import type { Passage } from '../../routing/forward/through-target.ts';
import type { OutgoingBody } from './request-body.ts';
import { fetchWithin, type PlatformFetch, TargetTooSlow } from './upstream.ts';

/** A body of this length is read before it is sent, where the call may have to be made again: with another token, or another IP. */
export const MAX_REPEATED_BODY_BYTES = 1_024 * 1_024;

/** A call as the target is to see it. */
export interface OutgoingCall {
  url: URL;
  method: string;
  fields: readonly HeaderPair[];
  body: OutgoingBody;
  /** The caller's: its signal says when the caller has left. */
  request: Request;
}

/** Sends a call to its target, and says of its way what there is to say. Throws `AppError`. */
export type WayOut = (call: OutgoingCall, passage: Passage) => Promise<Response>;

/** By the platform's `fetch`. */
export function directWay(fetch: PlatformFetch): WayOut {
  return async ({ url, method, fields, body }, passage) => {
    passage.attempts = 1;
    try {
      return await fetchWithin(fetch, url, { method, headers: toHeadersInit(fields), redirect: 'manual' }, body);
    } catch (error) {
      throw appError(error instanceof TargetTooSlow ? 'TARGET_TIMEOUT' : 'TARGET_UNREACHABLE');
    }
  };
}

/** The body as the dialer takes it: what is small can be sent through one IP after another. */
async function dialledBody(
  { content, contentLength }: OutgoingBody,
  method: string,
): Promise<Uint8Array | BodySource | null> {
  if (content instanceof ReadableStream) return { stream: content, contentLength };
  if (content === null) return noBody(method);
  const bytes = typeof content === 'string' ? utf8(content) : new Uint8Array(await content.arrayBuffer());
  if (bytes.byteLength <= MAX_REPEATED_BODY_BYTES) return bytes;
  return { stream: new Blob([bytes]).stream(), contentLength: bytes.byteLength };
}

/** Through the rotating IPs of a routing target. */
export function egressWay(egress: Egress, { targetName, role }: { targetName: string; role: Role }): WayOut {
  return async ({ url, method, fields, body, request }, passage) => {
    return egress.send(targetName, role, {
      url,
      method,
      fields,
      body: await dialledBody(body, method),
      signal: request.signal,
      passage,
    });
  };
}
