import { isWellFormedApiKey } from '../../accounts/api-key.model.ts';
import { isOfCallersConnection, passedFields } from '../../platform/http/passed-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import { MAX_PATTERN_INPUT_CHARACTERS, type Pattern } from '../../platform/pattern.ts';

const OUR_PREFIX = 'x-proxy-hopper-';
const TARGET_HEADER = 'x-proxy-hopper-target';
const AUTH_HEADER = 'x-proxy-hopper-auth';
const TAG_HEADER = 'x-proxy-hopper-tag';
const RETRIES_HEADER = 'x-proxy-hopper-retries';
const FORCE_IP_HEADER = 'x-proxy-hopper-force-ip';

/** Each retry is another dial: more of them help nobody (contract, "Data plane"). */
export const MAX_RETRIES = 10;

/** Slashes may have been merged on the way. */
const PATH_FORM = /^\/forward\/(https?):\/{1,2}(.+)$/i;

export type Destination = { kind: 'none' } | { kind: 'bad'; problem: string } | { kind: 'url'; url: URL };

const bad = (problem: string): Destination => ({ kind: 'bad', problem });

function parseDestination(text: string, what: string): Destination {
  const url = URL.parse(text);
  if (url === null) return bad(`${what} is not an absolute URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return bad(`${what} must begin with http:// or https://.`);
  // Also where both parts are empty: whoever writes an @ there means to mislead.
  const authority = /^[a-z]+:[/\\]*([^/?#\\]*)/i.exec(text)?.[1] ?? '';
  if (authority.includes('@')) return bad(`${what} must not hold a user name or password.`);
  if (text.includes('#')) url.hash = '';
  if (url.href.length > MAX_PATTERN_INPUT_CHARACTERS) return bad(`${what} is too long.`);
  return { kind: 'url', url };
}

function fromHeader(value: string, request: URL): Destination {
  const base = parseDestination(value, 'X-Proxy-Hopper-Target');
  if (base.kind !== 'url') return base;
  if (base.url.search !== '') return bad('X-Proxy-Hopper-Target must not hold a query.');
  // Joined as text: resolved as a reference, `//elsewhere` would be another host.
  const path = `${base.url.pathname.replace(/\/+$/, '')}${request.pathname}${request.search}`;
  return parseDestination(`${base.url.origin}${path}`, 'The URL');
}

/** Where a request is to be forwarded: the header wins over the path, whatever the path. `none`: it is not for us. */
export function destinationOf(requestUrl: string, headers: Headers): Destination {
  const named = headers.get(TARGET_HEADER);
  // Most requests are for others: they are not to pay for taking a URL apart.
  if (named === null && !requestUrl.includes('/forward/')) return { kind: 'none' };
  const request = new URL(requestUrl);
  if (named !== null) return fromHeader(named.trim(), request);
  if (!request.pathname.startsWith('/forward/')) return { kind: 'none' };
  const [, scheme, rest] = PATH_FORM.exec(request.pathname) ?? [];
  if (scheme === undefined || rest === undefined) {
    return bad('The path must be /forward/ and an absolute http or https URL.');
  }
  return parseDestination(`${scheme}://${rest}${request.search}`, 'The URL');
}

/** True when a pattern is found in a URL, and its first match begins inside scheme, host and port. */
export function matchesTarget(pattern: Pattern, url: URL): boolean {
  if (!pattern.isFoundIn(url.href)) return false;
  const start = pattern.startIn(url.href);
  return start !== null && start < `${url.protocol}//${url.host}`.length;
}

export type KeySource = 'x-proxy-hopper-auth' | 'authorization' | 'x-api-key';

function keyIn(value: string): string {
  return value.replace(/^bearer\s+/i, '').trim();
}

/** The key of a request and the header that it came in: that of `Authorization` counts if it has the form of one. */
export function presentedForwardKey(headers: Headers): { key: string; source: KeySource } | null {
  const own = headers.get(AUTH_HEADER);
  if (own !== null) return { key: keyIn(own), source: AUTH_HEADER };
  const authorization = headers.get('authorization');
  if (authorization !== null && isWellFormedApiKey(keyIn(authorization))) {
    return { key: keyIn(authorization), source: 'authorization' };
  }
  const apiKey = headers.get('x-api-key');
  return apiKey === null ? null : { key: apiKey, source: 'x-api-key' };
}

export interface ForwardOptions {
  /** Absent: as the target says. */
  retries?: number;
  tag: string | null;
  /** As it was given. */
  forcedIp: string | null;
}

/** A number of retries that is none is ignored, as the reference does. */
export function forwardOptions(headers: Headers): ForwardOptions {
  const retries = headers.get(RETRIES_HEADER)?.trim() ?? '';
  return {
    ...(/^\d{1,9}$/.test(retries) && { retries: Math.min(MAX_RETRIES, Number(retries)) }),
    tag: headers.get(TAG_HEADER),
    forcedIp: headers.get(FORCE_IP_HEADER)?.trim() ?? null,
  };
}

/** Headers in which callers show their key; in the others nobody looks for one. */
const KEY_HEADERS: ReadonlySet<string> = new Set(['authorization', 'x-api-key']);

/**
 * What goes upstream of a caller's headers: nothing of ours, of its connection, of its key in whatever header it stands,
 * and not what it may be answered in.
 */
export function upstreamHeaders(callers: readonly HeaderPair[], source: KeySource): HeaderPair[] {
  return passedFields(callers, isOfCallersConnection).filter(([name, value]) => {
    if (name === source || name === 'accept-encoding' || name.startsWith(OUR_PREFIX)) return false;
    return !KEY_HEADERS.has(name) || !isWellFormedApiKey(keyIn(value));
  });
}
