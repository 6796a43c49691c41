import { type ErrorCode, errorCodes } from './error-codes.ts';

export interface ErrorInit {
  message?: string;
  /** Goes to the caller as it is: never a secret. */
  details?: Readonly<Record<string, unknown>>;
  /** Response headers that belong to the error, such as Retry-After. */
  headers?: Readonly<Record<string, string>>;
}

/** An error that the caller is meant to understand. It knows its code, not its HTTP status. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, init: ErrorInit = {}) {
    super(init.message ?? errorCodes[code].message);
    this.name = 'AppError';
    this.code = code;
    this.details = init.details ?? {};
    this.headers = init.headers ?? {};
  }
}

/** Makes an error of the table; `throw appError('NOT_FOUND')`. */
export function appError(code: ErrorCode, init: ErrorInit = {}): AppError {
  return new AppError(code, init);
}

/** Throws an error on, with more headers if it is one that a caller may see. To be given to `catch`. */
export function throwWithHeaders(headers: Readonly<Record<string, string>>) {
  return (error: unknown): never => {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    throw new AppError(code, { message, details, headers: { ...headers, ...error.headers } });
  };
}
