/** How a credential shows itself in a request; the two names of each auth type are one here. */
export type CredentialSecret =
  | { kind: 'key'; name: string; value: string; inHeader: boolean; inQuery: boolean }
  | { kind: 'bearer'; token: string }
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'none' };

/** Binds a sealed secret to its row. */
export const credentialContext = (credentialId: string) => `gateway-credential:${credentialId}`;
