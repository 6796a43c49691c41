import type { ProxyProtocol } from '../../platform/net/proxy-endpoint.ts';

/** A proxy as a provider lists it. */
export interface ProxyAddress {
  protocol: ProxyProtocol;
  /** An IPv4 literal or a name, lower case. */
  host: string;
  port: number;
}

const MAX_PORT = 65_535;
/** The longest name in DNS, a scheme and a port. */
export const MAX_ADDRESS_CHARACTERS = 300;

const ADDRESS = /^(?:(http|https|socks4|socks5):\/\/)?([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?):([1-9]\d{0,4})$/i;

/** What resolvers take for IPv4 in a disguise (`127.1`, `0x7f.1`, `2130706433`), as the URL standard's "ends in a number". */
const NUMBER_ENDING = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i;
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Reads `host:port` (http) or `scheme://host:port`; null for anything else, userinfo, paths and IPv6 among it. */
export function parseProxyAddress(text: string): ProxyAddress | null {
  if (text.length > MAX_ADDRESS_CHARACTERS) return null;
  const [, scheme = 'http', host = '', digits = ''] = ADDRESS.exec(text) ?? [];
  const port = Number(digits);
  if (host === '' || port > MAX_PORT) return null;
  if (NUMBER_ENDING.test(host) && !PLAIN_IPV4.test(host)) return null;
  return { protocol: scheme.toLowerCase() as ProxyProtocol, host: host.toLowerCase(), port };
}

/** The one spelling of an address: `scheme://host:port`. */
export function canonicalAddress({ protocol, host, port }: ProxyAddress): string {
  return `${protocol}://${host}:${port}`;
}

/** The same, of a text that `parseProxyAddress` reads; other texts stay as they are, and equal nothing else. */
export function canonicalAddressOf(text: string): string {
  const parsed = parseProxyAddress(text);
  return parsed ? canonicalAddress(parsed) : text;
}

/** A canonical address as people write it: the scheme is left out where it is the default. */
export function displayAddress(canonical: string): string {
  return canonical.startsWith('http://') ? canonical.slice('http://'.length) : canonical;
}
