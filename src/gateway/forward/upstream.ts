import type { OutgoingBody } from './request-body.ts';

/** From the end of the request to the first byte of the answer (contract, "Data plane"). */
export const FIRST_BYTE_MS = 30_000;

export type PlatformFetch = (url: URL, init: RequestInit) => Promise<Response>;

/** The target took longer than `FIRST_BYTE_MS`. */
export class FirstByteTimeout extends Error {
  override readonly name = 'FirstByteTimeout';
}

/** Safe to send again, to a target that changes nothing when it is asked (RFC 9110 section 9.2.1); and small enough to have. */
function isRepeatable({ method }: RequestInit, body: OutgoingBody): boolean {
  return body.content === null && (method === 'GET' || method === 'HEAD');
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
  firstByteMs = FIRST_BYTE_MS,
): Promise<Response> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAnswered = false;
  const startTimer = () => {
    if (!isAnswered) timer = setTimeout(() => controller.abort(new FirstByteTimeout()), firstByteMs);
  };
  // A caller that breaks off ends the request, and `fetch` says so.
  void body.sent.then(startTimer, () => undefined);
  try {
    const send = () => fetch(url, { ...init, body: body.content, signal: controller.signal });
    return await send().catch((error: unknown) => {
      if (controller.signal.aborted || !isRepeatable(init, body)) throw error;
      return send();
    });
  } catch (error) {
    throw controller.signal.aborted ? new FirstByteTimeout() : error;
  } finally {
    isAnswered = true;
    clearTimeout(timer);
  }
}
