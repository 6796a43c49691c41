import type { Clock } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { callersEncodings } from '../../platform/http/callers-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import { utf8Length } from '../../platform/utf8-length.ts';
import type { Egress } from '../../routing/forward/egress.ts';
import { startPassage } from '../../routing/forward/through-target.ts';
import type { CredentialSecret, ShownSecret } from '../credentials/credential.types.ts';
import type { TokenVaults } from '../tokens/token-vault.client.ts';
import type { Exchange, GatewayCall } from './exchange.ts';
import { type OutgoingParts, opensWebSocket, outgoingFields, outgoingUrl, withCredential } from './outgoing.model.ts';
import { denied, unanswered } from './refusals.ts';
import { type OutgoingBody, outgoingBody } from './request-body.ts';
import type { PlatformFetch } from './upstream.ts';
import { directWay, egressWay, MAX_REPEATED_BODY_BYTES, type OutgoingCall, type WayOut } from './ways-out.ts';

interface Dependencies {
  vaults: TokenVaults;
  clock: Clock;
  egress: Egress;
  fetch: PlatformFetch;
}

/** What the target answered, and what the call was made of. */
export interface TargetAnswer {
  upstream: Response;
  /** Its header fields, names in lower case. */
  fields: readonly HeaderPair[];
  /** Its body is what came over a socket of ours, in whatever encoding. */
  isFromSocket: boolean;
  parts: OutgoingParts;
}

interface PreparedCall extends OutgoingCall {
  exchange: Exchange;
  parts: OutgoingParts;
  way: WayOut;
}

/** What of a credential goes into a request as it is; a token is still to be got. */
function shownAtOnce(secret: CredentialSecret): ShownSecret {
  return secret.kind === 'oauth2' ? { kind: 'none' } : secret;
}

function fieldsFor({ request, callersFields, snapshot }: Exchange, parts: OutgoingParts): HeaderPair[] {
  const fields = outgoingFields(callersFields, callersEncodings(request), parts);
  if (!opensWebSocket(request)) return fields;
  if (snapshot.egress) throw denied('VALIDATION_ERROR', "A WebSocket can't go out through a routing target.");
  return [...fields, ['upgrade', 'websocket']];
}

/** Bytes of a body, where they are known before it is sent. */
function bytesOf({ content, contentLength }: OutgoingBody): number | null {
  if (content instanceof Blob) return content.size;
  return typeof content === 'string' ? utf8Length(content) : contentLength;
}

/** What is to be sent. A token is still to be put in. */
async function prepare(request: Request, call: GatewayCall, exchange: Exchange): Promise<Omit<PreparedCall, 'way'>> {
  const { snapshot } = exchange;
  const { targetBaseUrl } = snapshot;
  if (!targetBaseUrl) throw denied('TARGET_UNREACHABLE', "The target's address is not a public one.");
  const secret = snapshot.targetCredential.reveal();
  const parts: OutgoingParts = {
    ...snapshot,
    targetBaseUrl,
    callerCredential: snapshot.callerCredential.reveal(),
    targetCredential: shownAtOnce(secret),
  };
  const url = outgoingUrl(call, parts);
  if (!url) throw denied('NOT_FOUND', "This path leads out of the target's base URL.");
  const fields = fieldsFor(exchange, parts);
  const isRepeated = secret.kind === 'oauth2' || snapshot.egress !== null;
  const keptBytes = isRepeated ? MAX_REPEATED_BODY_BYTES : 0;
  const callersBody = request.body && (exchange.bodies?.request(request.body) ?? request.body);
  const body = await outgoingBody(request, { body: callersBody, data: snapshot.additionalData, keptBytes });
  if (body.contentType !== null) fields.push(['content-type', body.contentType]);
  return { exchange, parts, url, method: request.method, fields, body, request };
}

/** Makes the call to the target that an admitted call stands for. */
export function createTargetCaller({ vaults, clock, egress, fetch }: Dependencies) {
  const direct = directWay(fetch);

  /** Asks the target, and notes what it did. */
  async function ask({ exchange, parts, way, ...call }: PreparedCall): Promise<TargetAnswer> {
    const sentAtMs = clock.nowMs();
    const attemptsBefore = exchange.target?.attempts ?? 0;
    const passage = startPassage();
    const note = (status: number | null, answered: readonly HeaderPair[] | null, error: string | null) => {
      exchange.target = {
        url: call.url.href,
        parts,
        sent: call.fields,
        sentBytes: bytesOf(call.body),
        answered,
        status,
        durationMs: clock.nowMs() - sentAtMs - passage.queueMs,
        error,
        attempts: attemptsBefore + passage.attempts,
        proxy: passage.ip,
      };
    };
    try {
      const upstream = await way(call, passage);
      const fields = [...upstream.headers];
      note(upstream.status, fields, null);
      return { upstream, fields, isFromSocket: way !== direct, parts };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (passage.attempts === 0) throw denied(error.code, error.message, error.headers);
      note(null, null, error.message);
      throw unanswered(error);
    }
  }

  /** With a token, and with a fresh one once more when the target takes the first for invalid. */
  async function askWithToken(
    secret: CredentialSecret & { kind: 'oauth2' },
    prepared: PreparedCall,
  ): Promise<TargetAnswer> {
    const { targetCredentialId } = prepared.exchange.snapshot;
    const got = await vaults.token(targetCredentialId, secret, null);
    if ('problem' in got) throw denied('TOKEN_UNAVAILABLE', `The authorization server gave no token: ${got.problem}.`);
    const askWith = async (token: string): Promise<TargetAnswer> => {
      const targetCredential: ShownSecret = { kind: 'bearer', token };
      const fields = withCredential(prepared.fields, targetCredential);
      return ask({ ...prepared, fields, parts: { ...prepared.parts, targetCredential } });
    };
    const first = await askWith(got.text);
    if (first.upstream.status !== 401) return first;
    // Also for the next calls, where this one can't be made again.
    const next = await vaults.token(targetCredentialId, secret, got.text);
    if ('problem' in next || next.text === got.text || prepared.body.content instanceof ReadableStream) return first;
    await first.upstream.body?.cancel();
    return askWith(next.text);
  }

  return {
    /** Throws what the data plane answers when nothing could be sent, or nothing came back. */
    async call(request: Request, call: GatewayCall, exchange: Exchange): Promise<TargetAnswer> {
      const { egress: through, targetCredential } = exchange.snapshot;
      const way = through ? egressWay(egress, through) : direct;
      const prepared = { ...(await prepare(request, call, exchange)), way };
      const secret = targetCredential.reveal();
      return secret.kind === 'oauth2' ? askWithToken(secret, prepared) : ask(prepared);
    },
  };
}

export type TargetCaller = ReturnType<typeof createTargetCaller>;
