/** For callers that name no encoding: few of those would decode one (RFC 9110 section 12.5.3 allows us any). */
const NONE = 'identity';

/**
 * The encodings that the caller takes. The edge writes those that it can undo over `Accept-Encoding` and keeps the caller's in
 * `cf.clientAcceptEncoding`: what we hand on as it is must be in one that the caller itself takes.
 */
export function callersEncodings({ headers, cf }: Request): string {
  const original: unknown = cf?.clientAcceptEncoding;
  const accepted = typeof original === 'string' ? original : headers.get('accept-encoding');
  return accepted || NONE;
}
