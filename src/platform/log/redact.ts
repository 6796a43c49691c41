import { Secret } from '../secrets.ts';

/** Names of what is nobody else's business, in fields, headers and parameters. */
export const SECRET_NAME = /authorization|api[-_]?key|password|secret|token|credential|cookie|sealed/i;
/** An API key wherever it stands in a text. */
const API_KEY = /pp_[A-Za-z0-9]{48}/g;
/** User and password in a URL, or either alone (RFC 3986 section 3.2.1). */
const URL_USERINFO = /:\/\/[^/?#\s@]+@/g;
/** Deeper values are cut: a log line is no data dump. */
const MAX_DEPTH = 6;

/** A text without API keys and without the user and password of URLs. */
export function redactText(text: string): string {
  return text.replace(API_KEY, 'pp_[redacted]').replace(URL_USERINFO, '://[redacted]@');
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return value.toString();
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactFields(value, depth + 1);
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) && item !== null && item !== undefined ? '[redacted]' : redactValue(item, depth),
    ]),
  );
}

/** A copy of log fields in which whatever is named like a secret, or looks like an API key, is gone. */
export function redact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactFields(fields, 0);
}
