import { HTTPException } from 'hono/http-exception';
import { AppError, appError } from './app-error.ts';
import type { ErrorCode } from './error-codes.ts';

/** Hono's own refusals of a request, by status: it validates bodies before our handlers run. */
const codeOfFrameworkStatus: Partial<Record<number, ErrorCode>> = {
  400: 'INVALID_JSON',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** The error that a caller may see for whatever was thrown: anything unknown says nothing of its inside. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof HTTPException ? codeOfFrameworkStatus[error.status] : undefined;
  return appError(code ?? 'INTERNAL');
}
