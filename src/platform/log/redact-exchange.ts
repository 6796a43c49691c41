import { redact, redactText, SECRET_NAME } from './redact.ts';

const REDACTED = '[redacted]';
/** Header fields and query parameters may be named for what they prove, too. */
const PROOF_NAME = /auth|session|signature|passw|passphrase|jwt|^(?:key|sig|pwd|pass|code|x-amz-security-.*)$/i;
/** Room for everything that requests commonly carry; what is more is left out. */
export const MAX_LOGGED_HEADERS = 64;
export const MAX_LOGGED_HEADER_CHARACTERS = 1_024;
export const MAX_LOGGED_URL_CHARACTERS = 2_048;
/** The contract's "≤ 16 KiB". */
export const MAX_LOGGED_BODY_BYTES = 16 * 1_024;
/** A shorter secret is masked by its name alone: its letters stand in half of all texts. */
const MIN_MASKED_CHARACTERS = 4;
/** A field of JSON that is cut off, or of anything that looks like it. */
const JSON_FIELD = /("([^"\\]{1,100})"\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s,}\]"]+)/g;

export type HeaderPair = readonly [name: string, value: string];

/** A body as the log keeps it. */
export interface LoggedBody {
  /** Null when it is no UTF-8 text. */
  text: string | null;
  isTruncated: boolean;
}

/** Names that were judged: those of header fields are the same few in all requests. */
const judgedNames = new Map<string, boolean>();
/** Bounds an isolate's memory: a name has some bytes, and callers make up more. */
const MAX_JUDGED_NAMES = 1_000;
const MAX_JUDGED_NAME_CHARACTERS = 64;

function isSecretName(name: string): boolean {
  const known = judgedNames.get(name);
  if (known !== undefined) return known;
  const isSecret = SECRET_NAME.test(name) || PROOF_NAME.test(name);
  if (judgedNames.size < MAX_JUDGED_NAMES && name.length <= MAX_JUDGED_NAME_CHARACTERS) judgedNames.set(name, isSecret);
  return isSecret;
}

/** Cuts a text without cutting a character in two. */
function cut(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}…`.toWellFormed();
}

/** Takes secrets out of a text. */
export type Mask = (text: string) => string;

/** Takes the values of these secrets out of texts, as they are and as they stand in URLs and in JSON. */
export function maskOf(secrets: readonly string[]): Mask {
  const spellings = new Set(
    secrets
      .filter(({ length }) => length >= MIN_MASKED_CHARACTERS)
      .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
  );
  return (text) => {
    let masked = text;
    for (const spelling of spellings) masked = masked.replaceAll(spelling, REDACTED);
    return masked;
  };
}

/** No URL, no query and no key of ours is in a text without these. */
const SUSPECT = /[?#]|:\/\/|pp_/;

function redactValue(value: string, mask: Mask): string {
  const redacted = SUSPECT.test(value) ? redactParameters(mask(redactText(value))) : mask(value);
  return cut(redacted, MAX_LOGGED_HEADER_CHARACTERS);
}

/** Header fields without what they prove; names in lower case. */
export function redactHeaders(headers: Iterable<HeaderPair>, mask: Mask): HeaderPair[] {
  const shown: HeaderPair[] = [];
  for (const [name, value] of headers) {
    if (shown.length === MAX_LOGGED_HEADERS) break;
    shown.push([name.toLowerCase(), isSecretName(name) ? REDACTED : redactValue(value, mask)]);
  }
  return shown;
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

/** The parameters of a query, or of a form, without the values of those that are named like a secret. */
function redactPairs(pairs: string): string {
  return pairs
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at !== -1 && isSecretName(decodedName(pair.slice(0, at))) ? `${pair.slice(0, at)}=${REDACTED}` : pair;
    })
    .join('&');
}

/** URLs in a text with their queries and fragments redacted. */
function redactParameters(text: string): string {
  return text.replace(/([?#])([^\s?#<>"]+)/g, (_all, mark: string, pairs: string) => `${mark}${redactPairs(pairs)}`);
}

/** A URL, or its path and query, without secrets. */
export function redactUrl(url: string, mask: Mask): string {
  return cut(redactParameters(mask(redactText(url))), MAX_LOGGED_URL_CHARACTERS);
}

function redactJson(text: string): string | null {
  try {
    return JSON.stringify(redact({ body: JSON.parse(text) }).body);
  } catch {
    return null;
  }
}

function redactBodyText(text: string, contentType: string): string {
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return redactPairs(text);
  const json = /json\b/i.test(contentType) ? redactJson(text) : null;
  if (json !== null) return json;
  return text.replace(JSON_FIELD, (field, start: string, name: string) =>
    isSecretName(name) ? `${start}"${REDACTED}"` : field,
  );
}

/**
 * A captured body, cut to `MAX_LOGGED_BODY_BYTES`, without what is named like a secret in JSON and forms, and without these
 * secrets in any form.
 */
export function redactBody(bytes: Uint8Array, contentType: string, mask: Mask): LoggedBody {
  const isTruncated = bytes.byteLength > MAX_LOGGED_BODY_BYTES;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    // A character that the cut went through is left out.
    const text = decoder.decode(bytes.subarray(0, MAX_LOGGED_BODY_BYTES), { stream: isTruncated });
    return { text: mask(redactText(redactBodyText(text, contentType))), isTruncated };
  } catch {
    return { text: null, isTruncated };
  }
}
