import { toBase64, utf8 } from '../../platform/bytes.ts';
import type { ShownSecret } from '../credentials/credential.types.ts';

/** Where the credential may also stand (contract, "Settled details: Gateway"); never passed on. */
export const CREDENTIAL_QUERY_PARAMETER = 'Authorization';

/** `Basic` credentials (RFC 7617 section 2). */
export function basicCredentials(username: string, password: string): string {
  return `Basic ${toBase64(utf8(`${username}:${password}`))}`;
}

/** What of a credential nobody else may see, as it stands in requests. */
export function secretTexts(secret: ShownSecret): string[] {
  if (secret.kind === 'key') return [secret.value];
  if (secret.kind === 'bearer') return [secret.token];
  if (secret.kind === 'basic') return [basicCredentials(secret.username, secret.password).slice('Basic '.length)];
  return [];
}

/** What a caller must show, as `shownCredentials` writes it. */
export function expectedCredential(secret: ShownSecret): string {
  if (secret.kind === 'key') return secret.value;
  if (secret.kind === 'bearer') return secret.token;
  return secret.kind === 'basic' ? basicCredentials(secret.username, secret.password) : '';
}

function normalised(text: string, { kind }: ShownSecret): string {
  if (kind === 'bearer') return text.replace(/^bearer\s+/i, '').trim();
  return kind === 'basic' ? text.replace(/^basic\s+/i, 'Basic ') : text;
}

/** What a caller showed where its credential may stand; each to be compared in constant time. Empty: nothing at all. */
export function shownCredentials(secret: ShownSecret, headers: Headers, query: URLSearchParams): string[] {
  if (secret.kind === 'none') return [];
  const places = [query.get(CREDENTIAL_QUERY_PARAMETER)];
  if (secret.kind !== 'key') places.push(headers.get('authorization'));
  else if (secret.inHeader) places.push(headers.get(secret.name));
  if (secret.kind === 'key' && secret.inQuery) places.push(query.get(secret.name));
  return places.filter((text) => text !== null).map((text) => normalised(text, secret));
}
