/** Ways to show who one is, as the API calls them; the last ones are for targets alone. */
export const authTypes = ['key', 'bearer', 'basic'] as const;
export const targetAuthTypes = [...authTypes, 'oauth2', 'none'] as const;
export type AuthType = (typeof targetAuthTypes)[number];

/** The fields of a secret's form. */
export interface SecretFields {
  name: string;
  value: string;
  place: 'header' | 'query';
  /** Of OAuth2 alone, where `name` is the client's id and `value` its secret; the last two may be empty. */
  tokenUrl: string;
  scope: string;
  audience: string;
}

export const emptySecret: SecretFields = {
  name: '',
  value: '',
  place: 'header',
  tokenUrl: '',
  scope: '',
  audience: '',
};

function oauthSecretOf({ name, value, tokenUrl, scope, audience }: SecretFields): Record<string, unknown> {
  const optional = Object.entries({ scope, audience }).filter(([, text]) => text !== '');
  return { tokenUrl, clientId: name, clientSecret: value, ...Object.fromEntries(optional) };
}

/** The secret as the API takes it: a key has a name and a place, a login a name, a token neither. */
export function secretOf(type: AuthType, fields: SecretFields): Record<string, unknown> {
  const { name, value, place } = fields;
  if (type === 'key')
    return { key: name, value, ...(place === 'query' ? { addToQuery: true } : { addToHeader: true }) };
  if (type === 'bearer') return { token: value };
  if (type === 'basic') return { username: name, password: value };
  return type === 'oauth2' ? oauthSecretOf(fields) : {};
}

/** How a caller shows a credential of this kind to the gateway, for a command line; the secret itself is nowhere known. */
export function curlCredential(type: string): string {
  if (type === 'bearer' || type === 'jwt') return "-H 'Authorization: Bearer TOKEN'";
  if (type === 'basic' || type === 'basicAuth') return "-u 'USER:PASSWORD'";
  return "-H 'HEADER: KEY'";
}
