/** `scheme://`, user and password of a proxy as clients write it (RFC 3986 section 3.2). */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)?.*@/i;
/** The other common spelling: `host:port:user:password`. */
const TRAILING_CREDENTIALS = /^((?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[[^\]]*\]|[^:/@[\]]+):\d{1,5}):.*$/i;

/** `host:port` with an IPv4 address (RFC 3986 section 3.2.2), which is all that the inventory dials. */
const IPV4_ENDPOINT = /^(?:[a-z][a-z0-9+.-]*:\/\/)?((?:\d{1,3}\.){3}\d{1,3}):(\d{1,5})\/?$/i;

/** The address of a proxy that is named by it; null when it is named otherwise. */
export function addressOf(proxy: string): { ip: string; port: number } | null {
  const [, ip, port] = IPV4_ENDPOINT.exec(proxy) ?? [];
  return ip === undefined ? null : { ip, port: Number(port) };
}

/** A proxy as it may be kept and shown: what a client wrote, without user name and password. */
export function withoutCredentials(proxy: string): string {
  return proxy
    .replace(USERINFO, (_whole, scheme: string | undefined) => scheme ?? '')
    .replace(TRAILING_CREDENTIALS, '$1');
}
