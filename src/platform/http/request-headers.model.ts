/** Request headers that a caller sets for us to send: a key or two, a user agent. */
export const MAX_REQUEST_HEADERS = 16;
export const MAX_HEADER_NAME_CHARACTERS = 64;
/** Room for a signed token. */
export const MAX_HEADER_VALUE_CHARACTERS = 2_048;

/** `token` of RFC 9110 section 5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII and inner blanks: anything else could end a line somewhere on the way (`瘍瘊` is CR LF as bytes). */
export const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** What belongs to the connection, the body, the platform or the fetcher, not to a caller (RFC 9110 section 7.6.1). */
const RESERVED_NAMES = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'forwarded',
  'cdn-loop',
]);
const RESERVED_PREFIXES = ['proxy-', 'cf-', 'x-forwarded-', 'sec-'];

/** True for names that a caller may not set. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED_NAMES.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** Why these request headers can't be sent, or null when they can. */
export function requestHeadersProblem(headers: Readonly<Record<string, string>>): string | null {
  const names = Object.keys(headers);
  if (names.length > MAX_REQUEST_HEADERS) return `at most ${MAX_REQUEST_HEADERS} headers`;
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) return 'a header is named twice';
  for (const name of names) {
    const lower = name.toLowerCase();
    if (name.length > MAX_HEADER_NAME_CHARACTERS || !HEADER_NAME.test(name)) return 'a header name is not valid';
    if (isReservedHeader(lower)) {
      return `the header ${lower} can not be set`;
    }
    const value = headers[name] ?? '';
    if (value.length > MAX_HEADER_VALUE_CHARACTERS || !HEADER_VALUE.test(value)) {
      return `the value of ${lower} may have visible ASCII characters only, ${MAX_HEADER_VALUE_CHARACTERS} at most`;
    }
  }
  return null;
}
