import ipaddr from 'ipaddr.js';
import { isCloudflareAddress } from './cloudflare-ranges.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Remote login, mail and name service: a proxy listed there is a mistake or a lure, and dialling it looks like an attack. */
export const BLOCKED_PROXY_PORTS: ReadonlySet<number> = new Set([22, 25, 53, 110, 143, 465, 587]);

const MAX_PORT = 65_535;

/** Longest text of an IPv6 address, an embedded IPv4 one included: longer ones aren't worth parsing. */
const MAX_LITERAL_LENGTH = 45;

/** Here, since ipaddr.js tries all spellings of IPv4 several times over to find the plain one, which nearly all addresses have. */
const FOUR_DECIMALS = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** An address, or null unless the text is the plain spelling: four decimals without leading zeros, or IPv6 without zone. */
export function parseIpLiteral(literal: string): Address | null {
  if (literal.length > MAX_LITERAL_LENGTH || literal.includes('%')) return null;
  const decimals = FOUR_DECIMALS.exec(literal)?.slice(1).map(Number);
  if (decimals) return decimals.every((decimal) => decimal <= 255) ? new ipaddr.IPv4(decimals) : null;
  if (literal.includes(':') && ipaddr.IPv6.isValid(literal)) return ipaddr.IPv6.parse(literal);
  return null;
}

function ipv4At(bytes: number[], offset: number, mask = 0): ipaddr.IPv4 {
  return new ipaddr.IPv4(bytes.slice(offset, offset + 4).map((byte) => byte ^ mask));
}

function startsWith(bytes: number[], prefix: number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const COMPATIBLE_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const NAT64_PREFIX = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
const TEREDO_PREFIX = [0x20, 0x01, 0, 0];
const SIX_TO_FOUR_PREFIX = [0x20, 0x02];

/**
 * The IPv4 addresses that an IPv6 address carries: v4-mapped (RFC 4291 §2.5.5.2), IPv4-compatible (§2.5.5.1), NAT64
 * (RFC 6052), 6to4 (RFC 3056), Teredo's server and client (RFC 4380) and ISATAP (RFC 5214). NAT64's local prefix
 * 64:ff9b:1::/48 (RFC 8215) is private by definition and stays as it is: its range is no unicast.
 */
function embeddedAddresses(address: ipaddr.IPv6): { addresses: ipaddr.IPv4[]; replaces: boolean } {
  const bytes = address.toByteArray();
  const range = address.range();
  if (startsWith(bytes, MAPPED_PREFIX)) return { addresses: [ipv4At(bytes, 12)], replaces: true };
  if (startsWith(bytes, NAT64_PREFIX)) return { addresses: [ipv4At(bytes, 12)], replaces: true };
  if (startsWith(bytes, SIX_TO_FOUR_PREFIX)) return { addresses: [ipv4At(bytes, 2)], replaces: true };
  if (startsWith(bytes, TEREDO_PREFIX)) {
    return { addresses: [ipv4At(bytes, 4), ipv4At(bytes, 12, 0xff)], replaces: true };
  }
  if (startsWith(bytes, COMPATIBLE_PREFIX) && range !== 'unspecified' && range !== 'loopback') {
    return { addresses: [ipv4At(bytes, 12)], replaces: true };
  }
  const isIsatap = (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return { addresses: isIsatap ? [ipv4At(bytes, 12)] : [], replaces: false };
}

function isUnicast(address: Address): boolean {
  return address.range() === 'unicast';
}

/**
 * True when the text is an IP literal in its plain spelling and everything it stands for is public unicast. One rule for
 * all: `range() === 'unicast'` by ipaddr.js, after unwrapping what IPv6 embeds.
 */
export function isPublicAddress(ipLiteral: string): boolean {
  const address = parseIpLiteral(ipLiteral);
  if (!address) return false;
  if (address instanceof ipaddr.IPv4) return isUnicast(address);
  const { addresses, replaces } = embeddedAddresses(address);
  return addresses.every(isUnicast) && (replaces || isUnicast(address));
}

/** Why an endpoint can or can't be dialled. `unsupported_…`: fine in itself, but out of the platform's reach. */
export type Dialability = 'ok' | 'unsupported_ipv6' | 'unsupported_cloudflare' | 'blocked_port' | 'not_public';

/**
 * Judges where a socket would go, before any is opened. Private networks pass only when allowed; blocked ports never do,
 * and a text that is no plain IP literal, or a port out of range, is `not_public`.
 */
export function dialability(ip: string, port: number, options: { allowPrivateNetworks: boolean }): Dialability {
  const address = parseIpLiteral(ip);
  if (!address || !Number.isInteger(port) || port < 1 || port > MAX_PORT) return 'not_public';
  if (!options.allowPrivateNetworks && !isPublicAddress(ip)) return 'not_public';
  if (BLOCKED_PROXY_PORTS.has(port)) return 'blocked_port';
  if (address instanceof ipaddr.IPv6) return 'unsupported_ipv6';
  if (isCloudflareAddress(ip)) return 'unsupported_cloudflare';
  return 'ok';
}
