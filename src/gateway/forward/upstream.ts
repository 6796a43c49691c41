import { UPLOAD_MS } from '../../platform/http/passed-body.ts';
import type { OutgoingBody } from './request-body.ts';

/** From the end of the request to the first byte of the answer (contract, "Data plane"). */
export const FIRST_BYTE_MS = 30_000;

export type PlatformFetch = (url: URL, init: RequestInit) => Promise<Response>;

/** The target took longer than `FIRST_BYTE_MS` to answer, or did not take all of a body within `UPLOAD_MS`. */
export class TargetTooSlow extends Error {
  override readonly name = 'TargetTooSlow';
}

interface Limits {
  firstByteMs: number;
  uploadMs: number;
}

/** Safe to send again, to a target that changes nothing when it is asked (RFC 9110 section 9.2.1); and small enough to have. */
function isRepeatable({ method }: RequestInit, { content }: OutgoingBody): boolean {
  return content === null && (method === 'GET' || method === 'HEAD');
}

/** A streamed body for `fetch`: an announced length stays announced. */
function passedOn({ contentLength }: OutgoingBody) {
  return contentLength === null ? new IdentityTransformStream() : new FixedLengthStream(contentLength);
}

/**
 * `fetch` with a deadline for the first byte, which runs from when the whole request is sent. A target may close a kept
 * connection just as a request goes out on it: what is safe to repeat is sent once more (RFC 9112 section 9.3.1).
 */
export async function fetchWithin(
  fetch: PlatformFetch,
  url: URL,
  init: RequestInit,
  body: OutgoingBody,
  limits: Limits = { firstByteMs: FIRST_BYTE_MS, uploadMs: UPLOAD_MS },
): Promise<Response> {
  const controller = new AbortController();
  let isAnswered = false;
  let limitsSet = 0;
  const giveUpAfter = (limitMs: number) => {
    limitsSet += 1;
    const limit = limitsSet;
    // Never cleared: one that runs out unheeded costs nothing, and clearing it a twentieth of a call's processor time.
    setTimeout(() => {
      if (!isAnswered && limit === limitsSet) controller.abort(new TargetTooSlow());
    }, limitMs);
  };
  const send = (content: OutgoingBody['content']) => fetch(url, { ...init, body: content, signal: controller.signal });
  try {
    if (body.content instanceof ReadableStream) {
      giveUpAfter(limits.uploadMs);
      // Pumped by the runtime: no chunk passes through JavaScript.
      const { readable, writable } = passedOn(body);
      const sent = body.content.pipeTo(writable);
      // A caller that breaks off ends the request: half a body is none.
      sent.then(
        () => giveUpAfter(limits.firstByteMs),
        (error: unknown) => {
          if (!isAnswered) controller.abort(error);
        },
      );
      return await send(readable);
    }
    giveUpAfter(limits.firstByteMs);
    return await send(body.content).catch((error: unknown) => {
      if (controller.signal.aborted || !isRepeatable(init, body)) throw error;
      return send(null);
    });
  } catch (error) {
    throw controller.signal.reason ?? error;
  } finally {
    isAnswered = true;
  }
}
