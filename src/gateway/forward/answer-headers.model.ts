import { passedFields } from '../../platform/http/passed-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import { configuredParameters, type OutgoingParts } from './outgoing.model.ts';
import { ACCESS_GRANTED } from './refusals.ts';
import { secretTexts } from './shown-credential.model.ts';

/** Answer headers that hold URLs, into which targets like to copy the query they were asked with. */
const URL_HEADERS: ReadonlySet<string> = new Set(['location', 'content-location', 'link', 'refresh']);
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
const POLICY = 'content-security-policy';
const SANDBOX = 'sandbox';
const OUTCOME_FIELDS = Object.entries(ACCESS_GRANTED);
const OUTCOME_NAMES = new Set(Object.keys(ACCESS_GRANTED));
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
 * Takes configured parameters out of the URL of an answer's header. One that still holds the target's credential, in whatever
 * encoding, goes altogether: null.
 */
function withoutConfigured(value: string, parts: OutgoingParts): string | null {
  const names = configuredParameters(parts);
  const stripped = names.length > 0 ? withoutParameters(value, new Set(names)) : value;
  return mentions(stripped, secretTexts(parts.targetCredential)) ? null : stripped;
}

/**
 * The header fields of a target's answer for its caller: without what belongs to the connection, and without what the proxy
 * adds to URLs. A target's pages don't act as ours in a browser: they get an origin of their own (`sandbox`, CSP level 3)
 * beside whatever policy they bring, and nothing they say of their origin is said of this one. Other clients see no difference.
 */
export function answerFields(received: readonly HeaderPair[], parts: OutgoingParts): HeaderPair[] {
  const fields: HeaderPair[] = [];
  let policy = SANDBOX;
  for (const field of passedFields(received, (name) => ORIGIN_HEADERS.has(name) || OUTCOME_NAMES.has(name))) {
    const [name, value] = field;
    if (name === POLICY) policy = `${value}, ${SANDBOX}`;
    else if (!URL_HEADERS.has(name)) fields.push(field);
    else {
      const stripped = withoutConfigured(value, parts);
      if (stripped !== null) fields.push([name, stripped]);
    }
  }
  return [...fields, [POLICY, policy], ...OUTCOME_FIELDS];
}
