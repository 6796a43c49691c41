import { type AppError, appError } from '../errors/app-error.ts';
import { isPublicAddress, parseIpLiteral } from './public-address.ts';

/** Turns a host name into IP literals; rejects when it can't. */
export type ResolveHostname = (hostname: string) => Promise<string[]>;

export interface AddressPolicy {
  /** True on a developer's machine only: loopback and private addresses pass. */
  allowPrivateNetworks: boolean;
  /** Looks names up, so that what they point at is judged too; without it only their spelling is. */
  resolve?: ResolveHostname;
  /** True where the name is looked up again before anything is connected: one that can't be resolved now passes. */
  isUnresolvedAccepted?: boolean;
}

/** What clients and proxies agree on: longer URLs are cut or refused somewhere on the way. */
export const MAX_URL_LENGTH = 2_048;

/** Longest name in DNS (RFC 1035 §2.3.4). */
export const MAX_HOSTNAME_LENGTH = 253;

/** More answers than this are no ordinary name, and each is judged. */
export const MAX_RESOLVED_ADDRESSES = 32;

/** Names that mean this machine or this network wherever they are resolved (RFC 6761, 6762, 8375; common practice). */
const LOCAL_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'localdomain',
  'lan',
  'home.arpa',
  'intranet',
  'corp',
  'home',
];

const HOSTNAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)+$/;

/** Scheme and authority as written: no white space, control, backslash or percent sign before the path. */
const WRITTEN_URL = /^https?:\/\/([^/?#\\%\s\p{Cc}]+)(?:[/?#]|$)/iu;

function notAllowed(message: string): AppError {
  return appError('ADDRESS_NOT_ALLOWED', { message });
}

/** A host of a URL without the brackets that IPv6 literals wear there. */
export function bareHost(urlHostname: string): string {
  return urlHostname.startsWith('[') && urlHostname.endsWith(']') ? urlHostname.slice(1, -1) : urlHostname;
}

/** True for a lower-case DNS name of at least two labels that is not reserved for local use. */
export function isPublicHostname(hostname: string): boolean {
  if (hostname.length > MAX_HOSTNAME_LENGTH || !HOSTNAME.test(hostname)) return false;
  return !LOCAL_SUFFIXES.some((suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`));
}

/**
 * Judges a host, literal or name, and returns the IP literals to connect to: empty for a name
 * that is not looked up (no resolver, or private networks are allowed).
 * Throws `ADDRESS_NOT_ALLOWED`; for a name that can't be resolved too, unless the policy accepts those.
 */
export async function assertPublicHost(hostname: string, policy: AddressPolicy): Promise<string[]> {
  const host = bareHost(hostname);
  if (parseIpLiteral(host)) {
    if (!policy.allowPrivateNetworks && !isPublicAddress(host)) throw notAllowed('The address is not a public one.');
    return [host];
  }
  // Where everything may be reached, there is nothing to look up; names such as `localhost` no resolver knows.
  if (policy.allowPrivateNetworks) return [];
  if (!isPublicHostname(host.toLowerCase())) throw notAllowed('The host name is not a public one.');
  if (!policy.resolve) return [];
  const answers = await policy.resolve(host).catch(() => []);
  const addresses = answers.slice(0, MAX_RESOLVED_ADDRESSES);
  if (addresses.length === 0 && !policy.isUnresolvedAccepted) {
    throw notAllowed('The host name could not be resolved.');
  }
  if (!addresses.every(isPublicAddress)) throw notAllowed('The host name points at an address that is not public.');
  return addresses;
}

/** WHATWG parsing forgives much (`0x7f.1`, full-width digits, tabs): whoever writes an address so wants to hide it. */
function assertPlainSpelling(written: string, url: URL, policy: AddressPolicy): void {
  const authority = WRITTEN_URL.exec(written)?.[1];
  if (authority === undefined) throw notAllowed('The URL must be written as http://host/path or https://host/path.');
  const writtenHost = authority.replace(/:\d*$/, '');
  const isLiteral = parseIpLiteral(bareHost(url.hostname)) !== null;
  if (isLiteral && !url.hostname.startsWith('[') && writtenHost !== url.hostname && !policy.allowPrivateNetworks) {
    throw notAllowed('An IPv4 address must be written as four decimal numbers.');
  }
}

/**
 * Accepts an http or https URL from a caller when where it leads is public; returns it parsed. Throws
 * `ADDRESS_NOT_ALLOWED` for other schemes, userinfo, empty hosts, odd spellings, local names and addresses. Private
 * networks, when allowed, pass; schemes and userinfo never do. Judge every redirect hop with it as well.
 */
export async function assertPublicUrl(input: string | URL, policy: AddressPolicy): Promise<URL> {
  const written = typeof input === 'string' ? input : input.href;
  if (written.length > MAX_URL_LENGTH) throw notAllowed('The URL is too long.');
  if (!URL.canParse(written)) throw notAllowed('The URL can not be read.');
  const url = new URL(written);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notAllowed('Only http and https URLs are allowed.');
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(written)) {
    throw notAllowed('A URL must not carry a user name or password.');
  }
  if (url.hostname === '') throw notAllowed('The URL names no host.');
  assertPlainSpelling(written, url, policy);
  await assertPublicHost(url.hostname, policy);
  return url;
}
