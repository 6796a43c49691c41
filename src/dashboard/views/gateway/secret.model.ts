/** Ways to show who one is, as the API calls them; the last ones are for targets alone. */
export const authTypes = ['key', 'bearer', 'basic'] as const;
export const targetAuthTypes = [...authTypes, 'none'] as const;
export type AuthType = (typeof targetAuthTypes)[number];

/** The fields of a secret's form. */
export interface SecretFields {
  name: string;
  value: string;
  place: 'header' | 'query';
}

export const emptySecret: SecretFields = { name: '', value: '', place: 'header' };

/** The secret as the API takes it: a key has a name and a place, a login a name, a token neither. */
export function secretOf(type: AuthType, { name, value, place }: SecretFields): Record<string, unknown> {
  if (type === 'key')
    return { key: name, value, ...(place === 'query' ? { addToQuery: true } : { addToHeader: true }) };
  if (type === 'bearer') return { token: value };
  if (type === 'basic') return { username: name, password: value };
  return {};
}

/** How a caller shows a credential of this kind to the gateway, for a command line; the secret itself is nowhere known. */
export function curlCredential(type: string): string {
  if (type === 'bearer' || type === 'jwt') return "-H 'Authorization: Bearer TOKEN'";
  if (type === 'basic' || type === 'basicAuth') return "-u 'USER:PASSWORD'";
  return "-H 'HEADER: KEY'";
}
