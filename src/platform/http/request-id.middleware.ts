import { createMiddleware } from 'hono/factory';

export const REQUEST_ID_HEADER = 'x-request-id';

/** A random UUID: nothing is sorted by it, and the runtime makes it faster than we do. */
export function createRequestId(): string {
  return crypto.randomUUID();
}

/** Gives each request an id, in the answer's `x-request-id` and in every log line about it. */
export const requestId = createMiddleware<{ Variables: { requestId: string } }>(async (context, next) => {
  const id = createRequestId();
  context.set('requestId', id);
  await next();
  try {
    context.res.headers.set(REQUEST_ID_HEADER, id);
  } catch {
    // The headers of an answer that was fetched can't be changed; this changes those of a copy, which costs more.
    context.header(REQUEST_ID_HEADER, id);
  }
});
