import { dropHopByHop } from '../../platform/http/passed-headers.ts';
import type { ShownSecret } from '../credentials/credential.types.ts';
import { configuredParameters, type OutgoingParts } from './outgoing.model.ts';
import { secretTexts } from './shown-credential.model.ts';

/** Answer headers that hold URLs, into which targets like to copy the query they were asked with. */
const URL_HEADERS = ['location', 'content-location', 'link', 'refresh'];
/**
 * What a target says of its own origin, and a browser would take for ours (HSTS, RFC 6797; alternative services, RFC 7838;
 * Clear-Site-Data, Reporting API, Network Error Logging and Service Workers of the W3C).
 */
const ORIGIN_HEADERS: ReadonlySet<string> = new Set([
  'strict-transport-security',
  'alt-svc',
  'clear-site-data',
  'reporting-endpoints',
  'report-to',
  'nel',
  'service-worker-allowed',
]);
/** A URL inside a parameter of a URL is encoded once more; deeper nesting is nobody's. */
const MAX_DECODINGS = 3;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function mentions(text: string, secrets: readonly string[]): boolean {
  let current = text;
  for (let round = 0; round <= MAX_DECODINGS; round += 1) {
    const seen = [current, current.replaceAll('+', ' ')];
    if (secrets.some((secret) => seen.some((each) => each.includes(secret)))) return true;
    current = decoded(current);
  }
  return false;
}

/** Text without the query parameters of these names, in whatever URLs it holds. */
export function withoutParameters(text: string, names: ReadonlySet<string>): string {
  const stripped = text.replaceAll(
    /([?&])([^=&#\s<>"',;]*)(?:=[^&#\s<>"',;]*)?/g,
    (whole, separator: string, name: string) => {
      if (!names.has(decoded(name))) return whole;
      return separator === '?' ? '?' : '';
    },
  );
  return stripped.replaceAll('?&', '?').replaceAll(/\?(?=$|[#\s<>"',;])/g, '');
}

/**
 * Takes configured parameters out of the URLs of an answer's headers. A header that still holds the target's credential, in
 * whatever encoding, goes altogether.
 */
function stripConfigured(headers: Headers, parameters: readonly string[], secret: ShownSecret): void {
  const names = new Set(parameters);
  const secrets = secretTexts(secret);
  for (const header of URL_HEADERS) {
    const value = headers.get(header);
    if (value === null) continue;
    const stripped = names.size > 0 ? withoutParameters(value, names) : value;
    if (mentions(stripped, secrets)) headers.delete(header);
    else if (stripped !== value) headers.set(header, stripped);
  }
}

/**
 * The headers of a target's answer for its caller, a copy: without what belongs to the connection, and without what the proxy
 * adds to URLs. A target's pages don't act as ours in a browser: they get an origin of their own (`sandbox`, CSP level 3)
 * beside whatever policy they bring, and nothing they say of their origin is said of this one. Other clients see no difference.
 */
export function answerHeaders(received: Headers, parts: OutgoingParts): Headers {
  const headers = new Headers(received);
  dropHopByHop(headers, (name) => ORIGIN_HEADERS.has(name));
  stripConfigured(headers, configuredParameters(parts), parts.targetCredential);
  headers.append('content-security-policy', 'sandbox');
  return headers;
}
