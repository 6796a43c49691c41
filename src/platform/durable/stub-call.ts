import { AppError, appError } from '../errors/app-error.ts';

/** Tries of one call in all: what fails three times in a row is down, not unlucky. */
export const MAX_STUB_ATTEMPTS = 3;
/** The first pause; each further one is at most twice as long. */
export const STUB_RETRY_BASE_MS = 25;
/** What a caller is told to wait when an object is overloaded or out of reach. */
export const UNAVAILABLE_RETRY_AFTER_SECONDS = 1;

export interface StubCallOptions {
  /** Tries in all; 1 for what must not be done twice. */
  maxAttempts?: number;
  random?: () => number;
  wait?: (durationMs: number) => Promise<unknown>;
}

/** What the platform says of a failed call to an object (Durable Objects, "Error handling"). */
function isFlagged(error: unknown, flag: 'retryable' | 'overloaded'): boolean {
  return typeof error === 'object' && error !== null && flag in error && Reflect.get(error, flag) === true;
}

export function unavailable(cause: unknown): AppError {
  const error = appError('UNAVAILABLE', {
    details: { retry_after_seconds: UNAVAILABLE_RETRY_AFTER_SECONDS },
    headers: { 'Retry-After': String(UNAVAILABLE_RETRY_AFTER_SECONDS) },
  });
  error.cause = cause;
  return error;
}

/** Whether a call failed because its object is overloaded or out of reach, as opposed to something of its caller's own. */
export function isTroubleOfObject(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return isFlagged(cause, 'retryable') || isFlagged(cause, 'overloaded');
}

/**
 * The same result without the disposer that the runtime puts on every object which comes out of a call. Ours are data and
 * hold nothing, but an object that passed one on with it would have its own caller hold its context (Workers RPC, "Lifecycle").
 */
function asData<Result>(result: Result): Result {
  if (typeof result === 'object' && result !== null && Object.hasOwn(result, Symbol.dispose)) {
    const dispose: unknown = Reflect.get(result, Symbol.dispose);
    if (typeof dispose === 'function') dispose.call(result);
    Reflect.deleteProperty(result, Symbol.dispose);
  }
  return result;
}

/**
 * Calls a method of an object. Each try gets a new stub, since one is broken after an error that reset its object.
 * Only what the platform calls retryable is tried again, with jitter; an overloaded object never is.
 * Throws `UNAVAILABLE` when no try succeeded: the call may or may not have happened.
 */
export async function callStub<Stub, Result>(
  makeStub: () => Stub,
  call: (stub: Stub) => Promise<Result>,
  options: StubCallOptions = {},
): Promise<Result> {
  const maxAttempts = options.maxAttempts ?? MAX_STUB_ATTEMPTS;
  const random = options.random ?? Math.random;
  const wait = options.wait ?? ((durationMs: number) => scheduler.wait(durationMs));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return asData(await call(makeStub()));
    } catch (error) {
      if (error instanceof AppError) throw error;
      const mayRetry = isFlagged(error, 'retryable') && !isFlagged(error, 'overloaded');
      if (!mayRetry || attempt >= maxAttempts) throw unavailable(error);
      await wait(STUB_RETRY_BASE_MS * 2 ** (attempt - 1) * (0.5 + random()));
    }
  }
}
