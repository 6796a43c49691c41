/** `scheme://`, user and password of a proxy as clients write it (RFC 3986 section 3.2). */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)?.*@/i;
/** The other common spelling: `host:port:user:password`. */
const TRAILING_CREDENTIALS = /^((?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[[^\]]*\]|[^:/@[\]]+):\d{1,5}):.*$/i;

/** A proxy as it may be kept and shown: what a client wrote, without user name and password. */
export function withoutCredentials(proxy: string): string {
  return proxy
    .replace(USERINFO, (_whole, scheme: string | undefined) => scheme ?? '')
    .replace(TRAILING_CREDENTIALS, '$1');
}
