/** Statuses that have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** True for an answer that has no body, whatever its headers say. */
export function isBodiless(status: number): boolean {
  return BODILESS.has(status);
}

/** For bytes as they came from a socket: the runtime must not encode what the headers say they are encoded in. */
export const AS_IT_IS = { encodeBody: 'manual' } as const;

/** How long a body that is passed on, or taken in to be passed on, may stand still, either way. */
export const BODY_IDLE_MS = 60_000;

/** For sending a body, however slowly its caller sends it: the largest that the edge lets in, at half a megabyte a second. */
export const UPLOAD_MS = 15 * 60_000;

/** Methods whose requests say that they have no body (RFC 9110 section 8.6). */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** What is sent over a socket for a request that has no body: nothing, or a length of zero. */
export function noBody(method: string): Uint8Array | null {
  return METHODS_WITH_BODY.has(method) ? new Uint8Array() : null;
}

/** The length that a body is announced with; null for streams of other lengths. */
export function announcedLength(headers: Headers): number | null {
  return lengthIn(headers.get('content-length'));
}

/** The length that a `Content-Length` says; null when there is none, or it is no length. */
export function lengthIn(value: string | null): number | null {
  return value === null || !/^\d{1,15}$/.test(value) ? null : Number(value);
}
