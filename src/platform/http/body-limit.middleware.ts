import { createMiddleware } from 'hono/factory';
import { appError } from '../errors/app-error.ts';
import { piecesOf, readWithin } from './read-within.ts';

/** The control plane's bodies are small documents (contract, "Status"). */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Read, and thrown away, of a body that is refused: beyond it the client may lose the answer, which is its own doing. */
export const MAX_DRAINED_BYTES = 8 * MAX_BODY_BYTES;
/** Longer than eight MiB take on a slow line. */
const DRAIN_LIMIT_MS = 10_000;

type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

async function drain(reader: BodyReader): Promise<void> {
  let bytes = 0;
  while (bytes < MAX_DRAINED_BYTES) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.byteLength;
  }
}

/**
 * Takes in what is left of a body that nobody reads. A connection that is closed on a client that is still sending may be
 * reset, and the answer lost with it (RFC 9112 section 9.6).
 */
async function drainInTime(reader: BodyReader): Promise<void> {
  const timer = new AbortController();
  const timeUp = scheduler.wait(DRAIN_LIMIT_MS, { signal: timer.signal }).catch(() => undefined);
  // A client that leaves meanwhile has made its body unreadable: nothing is left to do.
  await Promise.race([drain(reader).catch(() => undefined), timeUp]);
  timer.abort();
}

/** Refuses a body of more than `MAX_BODY_BYTES`, announced or not. */
export const limitBody = createMiddleware(async (context, next) => {
  const { raw } = context.req;
  if (raw.body === null) return next();
  const announcedBytes = raw.headers.get('content-length');
  if (announcedBytes !== null && Number(announcedBytes) <= MAX_BODY_BYTES) return next();
  const reader = raw.body.getReader();
  const body = announcedBytes === null ? await readWithin(piecesOf(reader), MAX_BODY_BYTES) : null;
  if (body === null) {
    await drainInTime(reader);
    throw appError('PAYLOAD_TOO_LARGE', { message: `The request body may have ${MAX_BODY_BYTES} bytes at most.` });
  }
  context.req.raw = new Request(raw, { method: raw.method, body });
  return next();
});

/** Takes in a body that nobody read, after the answer is made and before it is sent. */
export async function drainUnread({ body, bodyUsed }: Request): Promise<void> {
  if (body !== null && !bodyUsed && !body.locked) await drainInTime(body.getReader());
}

/** As `drainUnread`, after whoever handles the request. */
export const drainUnreadBody = createMiddleware(async (context, next) => {
  const { raw } = context.req;
  await next();
  await drainUnread(raw);
});
