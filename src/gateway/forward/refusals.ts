import { type AppError, appError } from '../../platform/errors/app-error.ts';
import type { ErrorCode } from '../../platform/errors/error-codes.ts';

const CODE_HEADER = 'requestrocket-proxy-code';
const MESSAGE_HEADER = 'requestrocket-proxy-message';

/** What every answer of the data plane says of itself: granted if and only if the call went out to the target. */
function outcomeHeaders(granted: boolean, message: string): Record<string, string> {
  return { [CODE_HEADER]: granted ? 'proxy-access-granted' : 'proxy-access-denied', [MESSAGE_HEADER]: message };
}

/** Of a call that went out. */
export const ACCESS_GRANTED = outcomeHeaders(true, 'Access granted');

/** A call that did not go out. */
export function denied(code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}): AppError {
  return appError(code, { message, headers: { ...headers, ...outcomeHeaders(false, message) } });
}

/** A call that went out and brought no answer back. */
export function unanswered({ code, message, details, headers }: AppError): AppError {
  return appError(code, { message, details, headers: { ...headers, ...ACCESS_GRANTED } });
}
