/** For callers that name no encoding: few of those would decode one (RFC 9110 section 12.5.3 allows us any). */
const NONE = 'identity';

/**
 * The headers as the caller sent them. The edge writes the encodings that it can undo over `Accept-Encoding` and keeps the
 * caller's in `cf.clientAcceptEncoding`: what we hand on as it is must be in one that the caller itself takes.
 */
export function callersHeaders(request: Request): Headers {
  const headers = new Headers(request.headers);
  const original: unknown = request.cf?.clientAcceptEncoding;
  const accepted = typeof original === 'string' ? original : headers.get('accept-encoding');
  headers.set('accept-encoding', accepted || NONE);
  return headers;
}
