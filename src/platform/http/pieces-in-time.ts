import { appError } from '../errors/app-error.ts';
import { Deadline, DialError } from '../net/dialer.ts';

/** Pieces of a request body that is taken in, each within `idleMs` of the one before it. Throws `REQUEST_TIMEOUT`. */
export async function* piecesInTime(reader: ReadableStreamDefaultReader<Uint8Array>, idleMs: number) {
  const deadline = new Deadline('http', idleMs);
  try {
    for (;;) {
      const { done, value } = await deadline.guard(reader.read());
      if (done) return;
      deadline.restart(idleMs);
      yield value;
    }
  } catch (error) {
    throw error instanceof DialError ? appError('REQUEST_TIMEOUT') : error;
  } finally {
    deadline.clear();
  }
}
