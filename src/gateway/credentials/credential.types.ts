/** How a token is asked for (RFC 6749 section 4.4). */
export interface TokenGrant {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope: string | null;
  audience: string | null;
}

/** How a credential shows itself in a request; the two names of each auth type are one here. */
export type ShownSecret =
  | { kind: 'key'; name: string; value: string; inHeader: boolean; inQuery: boolean }
  | { kind: 'bearer'; token: string }
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'none' };

/** What is stored of a credential: how it shows itself, or how that is come by. */
export type CredentialSecret = ShownSecret | ({ kind: 'oauth2' } & TokenGrant);

/** Binds a sealed secret to its row. */
export const credentialContext = (credentialId: string) => `gateway-credential:${credentialId}`;
