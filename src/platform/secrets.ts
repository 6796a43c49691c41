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
  /** The key that seals now, and since when; `keyIds` names all that open. */
  sealing(): { keyId: string; sinceMs: number };
  readonly keyIds: readonly string[];
  seal(plainText: string, context: string): Promise<string>;
  /** The plain text; throws when the text, its context or the key is not the one it was sealed with. */
  open(sealed: string, context: string): Promise<string>;
}

export interface RingKey {
  bytes: Uint8Array<ArrayBuffer>;
  /** From then on it seals; before, it opens what others have sealed with it already. */
  sealsFromMs: number;
}

export type KeyRing = ReadonlyMap<string, RingKey>;

const RING_KEY = /^([a-z0-9]{1,16}):([A-Za-z0-9+/=]+)(?:@(\d{1,11}))?$/;

/**
 * Parses `kid:base64[@seconds][,kid:base64…]`. All open. That one seals whose time (Unix seconds, else 0) came last, of
 * several the first: so a new key is everywhere before anybody seals with it. Null when it is not of that form.
 */
export function parseKeyRing(text: string): Map<string, RingKey> | null {
  const ring = new Map<string, RingKey>();
  for (const part of text.split(',')) {
    const [, keyId, encoded = '', seconds = '0'] = RING_KEY.exec(part.trim()) ?? [];
    const bytes = fromBase64(encoded);
    if (keyId === undefined || bytes?.length !== ENCRYPTION_KEY_BYTES) return null;
    ring.set(keyId, { bytes, sealsFromMs: Number(seconds) * 1_000 });
  }
  return ring;
}

function sealingKey(keyRing: KeyRing, nowMs: number): { keyId: string; sinceMs: number } {
  let found: { keyId: string; sinceMs: number } | null = null;
  for (const [keyId, { sealsFromMs }] of keyRing) {
    if (sealsFromMs <= nowMs && (found === null || sealsFromMs > found.sinceMs))
      found = { keyId, sinceMs: sealsFromMs };
  }
  if (!found) throw new Error('no key of the ring seals yet');
  return found;
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** AES-256-GCM (NIST SP 800-38D). A sealed text is `kid.iv.ciphertext`, the last two base64url. */
export function createSecretBox(keyRing: KeyRing, nowMs: () => number = Date.now): SecretBox {
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyFor = (keyId: string): Promise<CryptoKey> => {
    const bytes = keyRing.get(keyId)?.bytes;
    if (!bytes) throw new Error('sealed with a key that is not in the ring');
    const key = imported.get(keyId) ?? importKey(bytes);
    imported.set(keyId, key);
    return key;
  };
  return {
    keyIds: [...keyRing.keys()],
    sealing: () => sealingKey(keyRing, nowMs()),
    async seal(plainText, context) {
      const { keyId: sealingKeyId } = sealingKey(keyRing, nowMs());
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
