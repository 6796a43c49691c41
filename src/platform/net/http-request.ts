import { DialError } from './dial-error.ts';

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Longest request target that servers and proxies commonly take. */
export const MAX_REQUEST_TARGET_BYTES = 8 * 1024;

/** What servers commonly take in one header section. */
export const MAX_REQUEST_HEADER_BYTES = 16 * 1024;
export const MAX_REQUEST_HEADERS = 100;

/** The grammars of RFC 9110 and 9112 as white lists, narrower where nothing is lost: ASCII only, no control but the tab. */
const METHOD = /^[A-Z][A-Z-]{0,15}$/;
const ORIGIN_FORM = /^\/[!$-~]*$/;
const ABSOLUTE_FORM = /^http:\/\/[A-Za-z0-9._:[\]-]+\/[!$-~]*$/;
const AUTHORITY = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** Headers that frame the message, name the peer or speak to the proxy: the dialer writes them, callers may not. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'proxy-connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'accept-encoding',
  'proxy-authorization',
]);

export interface RequestHead {
  method: string;
  /** Origin-form (`/path?query`) or absolute-form (`http://host/path`). */
  target: string;
  /** Host and port as the Host header has them. */
  authority: string;
  headers: HeaderList;
  /** The whole value, or null. */
  proxyAuthorization: string | null;
  /** Bytes of the body that follows, or null for none. */
  contentLength: number | 'chunked' | null;
  /** What the answer may be encoded in; null: whatever the server likes. */
  acceptEncoding: string | null;
  /** Another request may follow on the connection. */
  isPersistent: boolean;
}

const encoder = new TextEncoder();

function refuse(): never {
  throw new DialError('http', 'invalid_request');
}

/** `Basic …` of RFC 7617 in UTF-8. A colon in the user name can't be expressed and is refused. */
export function basicAuthorization(username: string, password: string): string {
  if (username.includes(':')) refuse();
  const bytes = encoder.encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function toHead(lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * The head of a request, up to its empty line. Throws `invalid_request` for anything outside the grammars, so that no value can
 * start a line of its own: `Headers` would let code points through whose low byte is CR or LF.
 */
export function requestHead(head: RequestHead): string {
  if (!METHOD.test(head.method) || !AUTHORITY.test(head.authority)) refuse();
  if (head.target.length > MAX_REQUEST_TARGET_BYTES) refuse();
  if (!ORIGIN_FORM.test(head.target) && !ABSOLUTE_FORM.test(head.target)) refuse();
  if (head.headers.length > MAX_REQUEST_HEADERS) refuse();
  const lines = [`${head.method} ${head.target} HTTP/1.1`, `Host: ${head.authority}`];
  let headerBytes = 0;
  for (const [name, value] of head.headers) {
    headerBytes += name.length + value.length + 4;
    if (headerBytes > MAX_REQUEST_HEADER_BYTES) refuse();
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value) || OWN_HEADERS.has(name.toLowerCase())) refuse();
    lines.push(`${name}: ${value}`);
  }
  if (head.proxyAuthorization !== null) {
    if (!HEADER_VALUE.test(head.proxyAuthorization)) refuse();
    lines.push(`Proxy-Authorization: ${head.proxyAuthorization}`);
  }
  if (head.contentLength === 'chunked') lines.push('Transfer-Encoding: chunked');
  else if (head.contentLength !== null) lines.push(`Content-Length: ${head.contentLength}`);
  if (head.acceptEncoding !== null) {
    if (!HEADER_VALUE.test(head.acceptEncoding)) refuse();
    lines.push(`Accept-Encoding: ${head.acceptEncoding}`);
  }
  lines.push(`Connection: ${head.isPersistent ? 'keep-alive' : 'close'}`);
  return toHead(lines);
}

/** The head of a request as bytes. Throws what `requestHead` throws. */
export function encodeRequestHead(head: RequestHead): Uint8Array {
  return encoder.encode(requestHead(head));
}

/** A CONNECT request for `authority`, which is host and port (RFC 9110 §9.3.6). */
export function encodeConnectHead(authority: string, proxyAuthorization: string | null): Uint8Array {
  if (!AUTHORITY.test(authority)) refuse();
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (proxyAuthorization !== null) {
    if (!HEADER_VALUE.test(proxyAuthorization)) refuse();
    lines.push(`Proxy-Authorization: ${proxyAuthorization}`);
  }
  return encoder.encode(toHead(lines));
}
