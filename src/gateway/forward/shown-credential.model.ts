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

/** One thing that a caller showed, and what it would have to be. */
export interface ShownCredential {
  shown: string;
  expected: string;
}

function withoutScheme(shown: string): string {
  return shown.replace(/^bearer\s+/i, '').trim();
}

/** What a caller showed where its credential may stand; each to be compared in constant time. Empty: nothing at all. */
export function shownCredentials(secret: ShownSecret, headers: Headers, query: URLSearchParams): ShownCredential[] {
  const inQuery = query.get(CREDENTIAL_QUERY_PARAMETER);
  const shown = (texts: (string | null)[], expected: string, normalise = (text: string) => text) =>
    texts.filter((text) => text !== null).map((text) => ({ shown: normalise(text), expected }));
  switch (secret.kind) {
    case 'key': {
      const header = secret.inHeader ? headers.get(secret.name) : null;
      return shown([header, secret.inQuery ? query.get(secret.name) : null, inQuery], secret.value);
    }
    case 'bearer':
      return shown([headers.get('authorization'), inQuery], secret.token, withoutScheme);
    case 'basic':
      return shown(
        [headers.get('authorization'), inQuery],
        basicCredentials(secret.username, secret.password),
        (text) => text.replace(/^basic\s+/i, 'Basic '),
      );
    case 'none':
      return [];
  }
}
