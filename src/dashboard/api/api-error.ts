import type { Refusal } from '../../api-client/refusal.model.ts';

/** What the API refused, or that it could not be reached. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** No answer: the network, or the server, is away. */
export const OFFLINE = 'OFFLINE';

export function isOffline(error: unknown): boolean {
  return error instanceof ApiError && error.refusal.code === OFFLINE;
}
