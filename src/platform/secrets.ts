import { fromBase64, fromBase64Url, toBase64Url, utf8 } from './bytes.ts';

/** AES-256 wants exactly this much. */
export const ENCRYPTION_KEY_BYTES = 32;
/** NIST SP 800-38D: 96 random bits for each message. */
const IV_BYTES = 12;

const REDACTED = '[redacted]';

/** A value that prints as `[redacted]` wherever it ends up by mistake; `reveal()` is the one way to it. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}

/** Seals and opens small secrets. `context` binds a sealed text to its row: it opens only under the same one. */
export interface SecretBox {
  seal(plainText: string, context: string): Promise<string>;
  /** The plain text; throws when the text, its context or the key is not the one it was sealed with. */
  open(sealed: string, context: string): Promise<string>;
}

/** Parses `kid:base64[,kid:base64…]`; the first seals, all open. Null when it is not of that form. */
export function parseKeyRing(text: string): Map<string, Uint8Array<ArrayBuffer>> | null {
  const ring = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const part of text.split(',')) {
    const [keyId, encoded, ...rest] = part.trim().split(':');
    const bytes = encoded === undefined ? null : fromBase64(encoded);
    if (!keyId || !/^[a-z0-9]{1,16}$/.test(keyId) || rest.length > 0 || bytes?.length !== ENCRYPTION_KEY_BYTES)
      return null;
    ring.set(keyId, bytes);
  }
  return ring;
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** AES-256-GCM (NIST SP 800-38D). A sealed text is `kid.iv.ciphertext`, the last two base64url. */
export function createSecretBox(keyRing: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): SecretBox {
  const [sealingKeyId] = keyRing.keys();
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyFor = (keyId: string): Promise<CryptoKey> => {
    const bytes = keyRing.get(keyId);
    if (!bytes) throw new Error('sealed with a key that is not in the ring');
    const key = imported.get(keyId) ?? importKey(bytes);
    imported.set(keyId, key);
    return key;
  };
  return {
    async seal(plainText, context) {
      if (sealingKeyId === undefined) throw new Error('the key ring is empty');
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(`${sealingKeyId}|${context}`) };
      const cipherText = await crypto.subtle.encrypt(algorithm, await keyFor(sealingKeyId), utf8(plainText));
      return `${sealingKeyId}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(cipherText))}`;
    },
    async open(sealed, context) {
      const [keyId = '', ivText = '', cipherText = ''] = sealed.split('.');
      const iv = fromBase64Url(ivText);
      const bytes = fromBase64Url(cipherText);
      if (!iv || !bytes) throw new Error('not a sealed text');
      const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(`${keyId}|${context}`) };
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, await keyFor(keyId), bytes));
    },
  };
}
