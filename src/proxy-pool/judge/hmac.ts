import { fromBase64Url, toBase64Url, utf8 } from '../../platform/bytes.ts';

/** Signs and verifies texts by HMAC-SHA-256 (RFC 2104). `purpose` keeps signatures for one thing from another's. */
export interface Signer {
  sign(purpose: string, text: string): Promise<string>;
  verify(purpose: string, text: string, signature: string): Promise<boolean>;
}

/** This isolate's keys by secret, of which a deployment has one: importing takes as long as signing. */
const importedKeys = new Map<string, CryptoKey>();

async function keyOf(secret: string): Promise<CryptoKey> {
  const known = importedKeys.get(secret);
  if (known) return known;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  // The key is kept, not its promise: a request can't wait for what another one began.
  const key = await crypto.subtle.importKey('raw', utf8(secret), algorithm, false, ['sign', 'verify']);
  importedKeys.set(secret, key);
  return key;
}

/** A signer over a secret. */
export function createSigner(secret: string): Signer {
  const message = (purpose: string, text: string) => utf8(`${purpose}\n${text}`);
  return {
    async sign(purpose, text) {
      return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await keyOf(secret), message(purpose, text))));
    },
    async verify(purpose, text, signature) {
      const bytes = fromBase64Url(signature);
      if (!bytes) return false;
      return crypto.subtle.verify('HMAC', await keyOf(secret), bytes, message(purpose, text));
    },
  };
}
