/** What belongs to one connection and is not passed on (RFC 9110 section 7.6.1), both ways. */
const HOP_BY_HOP =
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  );
/** What names the caller's connection to us, or what is made anew for the next one. */
const OURS =
  'host expect content-length forwarded true-client-ip x-real-ip http2-settings sec-websocket-key sec-websocket-version sec-websocket-extensions'.split(
    ' ',
  );
const OUR_PREFIXES = ['cf-', 'x-forwarded-'];

/** Removes hop-by-hop headers, those that `Connection` names included. */
export function dropHopByHop(headers: Headers): void {
  const named = (headers.get('connection') ?? '').split(',').map((name) => name.trim());
  for (const name of [...named, ...HOP_BY_HOP]) if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) headers.delete(name);
}

/** Removes what tells of the caller and of its connection to us: who is asked next learns neither. */
export function dropCallersConnection(headers: Headers): void {
  // Another copy is walked: the one that changes would skip names.
  for (const name of new Headers(headers).keys()) {
    if (OURS.includes(name) || OUR_PREFIXES.some((prefix) => name.startsWith(prefix))) headers.delete(name);
  }
}
