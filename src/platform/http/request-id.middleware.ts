import { createMiddleware } from 'hono/factory';
import { createId } from '../ids.ts';

/** Gives each request an id, in the answer's `x-request-id` and in every log line about it. */
export const requestId = createMiddleware<{ Variables: { requestId: string } }>(async (context, next) => {
  const id = createId();
  context.set('requestId', id);
  await next();
  try {
    context.res.headers.set('x-request-id', id);
  } catch {
    // The headers of an answer that was fetched can't be changed; this changes those of a copy, which costs more.
    context.header('x-request-id', id);
  }
});
