import ipaddr from 'ipaddr.js';
import { utf8Length } from '../../platform/utf8-length.ts';
import type { ParsedProxy, ProxyProtocol } from './parser.types.ts';

/** RFC 1929 gives the length of a user name and of a password one octet each. */
export const MAX_CREDENTIAL_BYTES = 255;

const MAX_PORT = 65_535;

/** The longest IPv6 text without an embedded IPv4 address: eight groups of four. */
const MAX_IPV6_LENGTH = 39;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^[0-9a-f]*:[0-9a-f:]*$/i;
const PORT = /^[1-9]\d{0,4}$/;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:[\]]*):(\d+)$/;
const HOST_PORT_AND_REST = /^(\[[^\]]*\]|[^:[\]]*):(\d+)(?::([^:]+):(.+))?$/s;
const URL_FORM = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i;
const COUNTRY = /^[a-z]{2}$/i;
// These must reach neither a request line nor a handshake.
const CONTROL_CHARACTER = /\p{Cc}/u;

/** Codes that lists use for "not known"; ISO 3166-1 leaves both to its users. */
const UNKNOWN_COUNTRIES = new Set(['XX', 'ZZ']);

const PROTOCOL_BY_NAME = new Map<string, ProxyProtocol>([
  ['http', 'http'],
  ['https', 'https'],
  ['socks4', 'socks4'],
  ['socks4a', 'socks4'],
  ['socks5', 'socks5'],
  ['socks5h', 'socks5'],
]);

export type ProxyAddress = Pick<ParsedProxy, 'ip' | 'port' | 'protocol' | 'username' | 'password'>;
export type ProxyCredentials = Pick<ParsedProxy, 'username' | 'password'>;

/** Reads an IP literal: strict dotted decimal, or IPv6 (brackets allowed), which comes out as RFC 5952 text. */
export function parseIpAddress(text: string): string | null {
  if (IPV4.test(text)) return text;
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  // Neither zone ids nor an embedded IPv4 tail, which ipaddr.js would read as mapped (`::1.2.3.4`).
  if (bare.length > MAX_IPV6_LENGTH || !IPV6.test(bare) || !ipaddr.IPv6.isValid(bare)) return null;
  return ipaddr.IPv6.parse(bare).toRFC5952String();
}

/** Reads a port of 1–65535 in decimal without leading zeros. */
export function parsePort(text: string): number | null {
  if (!PORT.test(text)) return null;
  const port = Number(text);
  return port <= MAX_PORT ? port : null;
}

/** Reads a protocol's name in any case; `socks4a` and `socks5h` are kinds of socks4 and socks5. */
export function parseProtocol(name: string): ProxyProtocol | null {
  return PROTOCOL_BY_NAME.get(name.trim().toLowerCase()) ?? null;
}

/** Reads an ISO 3166-1 alpha-2 code in any case. */
export function parseCountry(text: string): string | null {
  const code = text.trim().toUpperCase();
  return COUNTRY.test(code) && !UNKNOWN_COUNTRIES.has(code) ? code : null;
}

/**
 * Joins a user name and a password; no user name means no credentials.
 * Null when one is too long, holds control characters or can't be written as UTF-8.
 */
export function parseCredentials(username: string | null, password: string | null): ProxyCredentials | null {
  if (username === null || username === '') return password ? null : { username: null, password: null };
  if (!isCredential(username) || !isCredential(password ?? '')) return null;
  return { username, password: password ?? '' };
}

function isCredential(text: string): boolean {
  return text.isWellFormed() && !CONTROL_CHARACTER.test(text) && utf8Length(text) <= MAX_CREDENTIAL_BYTES;
}

/**
 * Reads `ip:port`, `ip:port:user:pass` or `scheme://[user:pass@]ip:port`, IPv6 in brackets.
 * What follows the authority of a URL is ignored. Null for anything else, other schemes among it.
 */
export function parseProxyAddress(text: string): ProxyAddress | null {
  const url = URL_FORM.exec(text);
  if (url) return parseUrlForm(url[1] ?? '', url[2] ?? '');
  const [, host = '', port = '', username = null, password = null] = HOST_PORT_AND_REST.exec(text) ?? [];
  return assemble(host, port, null, parseCredentials(username, password));
}

function parseUrlForm(scheme: string, authority: string): ProxyAddress | null {
  const protocol = parseProtocol(scheme);
  if (protocol === null) return null;
  // Like WHATWG URL: the last @ ends the userinfo, its first colon ends the user name.
  const at = authority.lastIndexOf('@');
  const userinfo = at < 0 ? '' : authority.slice(0, at);
  const colon = userinfo.indexOf(':');
  const username = percentDecode(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const password = colon < 0 ? null : percentDecode(userinfo.slice(colon + 1));
  const [, host = '', port = ''] = HOST_AND_PORT.exec(authority.slice(at + 1)) ?? [];
  return assemble(host, port, protocol, parseCredentials(username, password));
}

function assemble(
  host: string,
  portText: string,
  protocol: ProxyProtocol | null,
  credentials: ProxyCredentials | null,
): ProxyAddress | null {
  const ip = parseIpAddress(host);
  const port = parsePort(portText);
  return ip === null || port === null || credentials === null ? null : { ip, port, protocol, ...credentials };
}

/** Text that isn't percent-encoding stands for itself, as in most lists with a `%` in a password. */
function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
