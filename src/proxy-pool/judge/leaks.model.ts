import type { SeenHeaders } from './seen-headers.model.ts';

/** Sent by nobody but a proxy that passes on what was meant for it, or for another site. Values are nobody's business. */
const CREDENTIAL_HEADERS: Readonly<Record<string, string>> = {
  'proxy-authorization': 'it passes the password that is meant for it alone on to every site',
  authorization: 'it adds credentials to requests',
  cookie: 'it adds a cookie to requests',
};

/** Headers by which carriers tell sites who their customer is: names that the industry has written about. */
const IDENTIFYING_HEADERS: ReadonlySet<string> = new Set([
  'x-uidh',
  'x-acr',
  'x-amobee-1',
  'x-vf-acr',
  'x-msisdn',
  'x-nokia-msisdn',
  'x-up-calling-line-id',
  'x-up-subno',
  'x-subscriber-id',
  'x-imsi',
  'x-piper-id',
  'tm_user-id',
]);

/** What the judge repeats of a header: of a credential only that it was there. */
export function withoutCredentials(headers: SeenHeaders): SeenHeaders {
  return headers.map(([name, value]) => [name, name in CREDENTIAL_HEADERS ? '[redacted]' : value] as const);
}

/** Says what a proxy gives away of its user, or null. The checks send none of these headers to a target. */
export function findLeak(headers: SeenHeaders): string | null {
  for (const [name] of headers) {
    const reason = CREDENTIAL_HEADERS[name];
    if (reason !== undefined) return reason;
    if (IDENTIFYING_HEADERS.has(name)) return `it adds ${name}, which tells sites who its user is, to requests`;
  }
  return null;
}

/** Answer headers that the judge never sends and that make a client do something. */
const ACTIVE_HEADERS: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'location',
  'refresh',
  'link',
  'clear-site-data',
  'www-authenticate',
]);

/** Cookies that the platform's own edge may set on any answer. */
const EDGE_COOKIE = /^(?:__cf|cf_|__cflb|__cfruid|_cfuvid)/i;

/** The name of a header that somebody put into the judge's answer on its way, or null. */
export function findInjectedHeader(headers: SeenHeaders): string | null {
  const injected = headers.find(([name, value]) => {
    const lowerName = name.toLowerCase();
    return ACTIVE_HEADERS.has(lowerName) && !(lowerName === 'set-cookie' && EDGE_COOKIE.test(value));
  });
  return injected?.[0] ?? null;
}
