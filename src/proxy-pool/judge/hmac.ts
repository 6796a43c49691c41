import { fromBase64Url, toBase64Url, utf8 } from '../../platform/bytes.ts';

/** Signs and verifies texts by HMAC-SHA-256 (RFC 2104). `purpose` keeps signatures for one thing from another's. */
export interface Signer {
  sign(purpose: string, text: string): Promise<string>;
  verify(purpose: string, text: string, signature: string): Promise<boolean>;
}

/** A signer over a secret; the key is imported once. */
export function createSigner(secret: string): Signer {
  let imported: Promise<CryptoKey> | null = null;
  const key = () => {
    imported ??= crypto.subtle.importKey('raw', utf8(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
      'verify',
    ]);
    return imported;
  };
  const message = (purpose: string, text: string) => utf8(`${purpose}\n${text}`);
  return {
    async sign(purpose, text) {
      return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await key(), message(purpose, text))));
    },
    async verify(purpose, text, signature) {
      const bytes = fromBase64Url(signature);
      if (!bytes) return false;
      return crypto.subtle.verify('HMAC', await key(), bytes, message(purpose, text));
    },
  };
}
