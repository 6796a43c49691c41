import { isPublicAddress, parseIpLiteral } from '../../platform/net/public-address.ts';
import type { Anonymity } from '../proxies/proxies.types.ts';
import type { SeenHeaders } from './seen-headers.model.ts';

/** Headers in which a proxy may write for whom it asks. */
const FORWARDED_FOR_HEADERS: ReadonlySet<string> = new Set([
  'x-forwarded-for',
  'forwarded',
  'forwarded-for',
  'x-forwarded',
  'x-real-ip',
  'client-ip',
  'x-client-ip',
  'true-client-ip',
  'x-originating-ip',
  'x-original-forwarded-for',
  'x-remote-ip',
  'x-remote-addr',
  'x-cluster-client-ip',
  'x-host-ip',
  'x-proxyuser-ip',
  'proxy-client-ip',
  'wl-proxy-client-ip',
  'z-forwarded-for',
  'fastly-client-ip',
]);

/** Further headers that only proxies send. */
const PROXY_HEADERS: ReadonlySet<string> = new Set([
  'via',
  'x-via',
  'x-bluecoat-via',
  'proxy-connection',
  'x-proxy-connection',
  'xproxy-connection',
  'xroxy-connection',
  'x-proxy-id',
  'mt-proxy-id',
  'x-imforwards',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-by',
  'x-cache',
  'x-cache-lookup',
  'proxy-authorization',
]);

/** True for a header that tells of a proxy. */
export function isProxyHeader(name: string): boolean {
  return FORWARDED_FOR_HEADERS.has(name) || PROXY_HEADERS.has(name);
}

/** The address in one entry: bare, with a port, in brackets, or as `for=` of RFC 7239 section 6. Null when there is none. */
function addressIn(entry: string): string | null {
  const text = entry.trim().replace(/^for=/i, '').replaceAll('"', '').trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const withoutPort = /^([\d.]+):\d+$/.exec(text)?.[1];
  const address = parseIpLiteral(bracketed ?? withoutPort ?? text);
  return address === null ? null : address.toString();
}

/** All addresses that a forwarded-for-like value names, in their plain spelling. */
export function addressesIn(value: string): string[] {
  return value.split(/[,;]/).flatMap((entry) => addressIn(entry) ?? []);
}

export interface SeenBy {
  /** Without what the edge adds. */
  headers: SeenHeaders;
  exitIp: string;
  proxyIp: string;
  /** While private networks are allowed any address counts, else only public ones: an internal one is nobody's. */
  allowPrivateNetworks: boolean;
}

/**
 * How much a proxy gives away (contract, "Judge"): `transparent` when a forwarded-for-like header names an address that is
 * neither the exit's nor the proxy's, `anonymous` when there are proxy headers without one, else `elite`.
 */
export function classifyAnonymity({ headers, exitIp, proxyIp, allowPrivateNetworks }: SeenBy): Anonymity {
  const own = new Set([exitIp, proxyIp].map((ip) => parseIpLiteral(ip)?.toString() ?? ip));
  const isForeign = (address: string) => !own.has(address) && (allowPrivateNetworks || isPublicAddress(address));
  const proxyHeaders = headers.filter(([name]) => isProxyHeader(name));
  const shown = proxyHeaders
    .filter(([name]) => FORWARDED_FOR_HEADERS.has(name))
    .flatMap(([, value]) => addressesIn(value));
  if (shown.some(isForeign)) return 'transparent';
  return proxyHeaders.length > 0 ? 'anonymous' : 'elite';
}
