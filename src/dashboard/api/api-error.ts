/** A field of a request that the API did not take. */
export interface FieldIssue {
  path: string;
  message: string;
}

export interface Refusal {
  message: string;
  /** 0: there was no answer at all. */
  status: number;
  code: string;
  issues: readonly FieldIssue[];
  /** By which an operator finds it in the log. */
  requestId: string | null;
}

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
