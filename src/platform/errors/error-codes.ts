/**
 * The one table of errors. Each face renders it in its own shape (contract, "Error shapes");
 * no other place knows a status number. `message` is the text used when the thrower gives none.
 */
export const errorCodes = {
  INVALID_JSON: { status: 400, message: 'The request body is not valid JSON.' },
  INVALID_CURSOR: { status: 400, message: 'The cursor is not valid for this list, its filters and its order.' },
  UNAUTHORIZED: { status: 401, message: 'A valid API key is required.' },
  INSUFFICIENT_CREDITS: { status: 402, message: 'You need at least 1 credit.' },
  FORBIDDEN: { status: 403, message: 'Your role does not allow this.' },
  INVALID_NONCE: { status: 403, message: 'The judge answers only to the checks of this service.' },
  REGISTRATION_CLOSED: { status: 403, message: 'Registration needs a valid invite.' },
  NOT_FOUND: { status: 404, message: 'There is nothing at this path.' },
  LEASE_NOT_FOUND: { status: 404, message: 'You have no such lease.' },
  NO_MATCHING_PROXY: { status: 404, message: 'No proxy in the pool matches these filters.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This path does not take this method.' },
  EMAIL_TAKEN: { status: 409, message: 'An account with this e-mail address exists already.' },
  LAST_KEY: { status: 409, message: 'The last active key of an account cannot be revoked.' },
  SOURCE_EXISTS: { status: 409, message: 'A source with this URL exists already.' },
  NOTIFIER_EXISTS: { status: 409, message: 'A notifier with this name exists already.' },
  TOO_MANY_NOTIFIERS: { status: 409, message: 'There are as many notifiers as there may be; delete one first.' },
  TOO_MANY_POOLS: { status: 409, message: 'There are as many pools as there may be; use one that exists.' },
  ALL_PROXIES_LEASED: { status: 409, message: 'All matching proxies are leased right now.' },
  LEASE_EXPIRED: { status: 409, message: 'This lease has expired.' },
  LEASE_NOT_ACTIVE: { status: 409, message: 'This lease has ended.' },
  BALANCE_WOULD_BE_NEGATIVE: { status: 409, message: 'The balance cannot go below zero.' },
  REFERENCE_REUSED: { status: 409, message: 'This reference stands for another ledger entry.' },
  IDEMPOTENCY_IN_FLIGHT: { status: 409, message: 'The first request with this Idempotency-Key is still running.' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'The request body must be application/json.' },
  VALIDATION_ERROR: { status: 422, message: 'Some fields are not valid.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, message: 'This Idempotency-Key was used with another request.' },
  NO_PARSER: { status: 422, message: 'No parser recognises this URL; name one in parser_name.' },
  UNKNOWN_PARSER: { status: 422, message: 'There is no parser of this name.' },
  ADDRESS_NOT_ALLOWED: { status: 422, message: 'This address is not a public one.' },
  RATE_LIMITED: { status: 429, message: 'Too many requests.' },
  TOO_MANY_LEASES: { status: 429, message: 'This account holds as many live leases as it may.' },
  INTERNAL: { status: 500, message: 'Something went wrong on our side; the request id helps us to find it.' },
  SOURCE_FETCH_FAILED: { status: 502, message: 'The source could not be fetched.' },
  SOURCE_TIMEOUT: { status: 502, message: 'The source took too long.' },
  SOURCE_TOO_LARGE: { status: 502, message: 'The source is too large.' },
  SOURCE_PARSE_FAILED: { status: 502, message: 'The source could not be parsed.' },
  UNAVAILABLE: { status: 503, message: 'This is not available right now; try again shortly.' },
  QUEUE_FULL: { status: 503, message: 'Too many requests are waiting for a proxy already.' },
  MISCONFIGURED: { status: 503, message: 'The service is not configured; its operator finds the reason in the log.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errorCodes;

export type ErrorStatus = (typeof errorCodes)[ErrorCode]['status'];
