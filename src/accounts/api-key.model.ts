import { crc32 } from './crc32.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARACTERS = 42;
const CHECKSUM_CHARACTERS = 6;
const PREFIX_CHARACTERS = 8;
/** Random bytes at or above this would make some characters likelier than others. */
const UNBIASED_BYTES = 256 - (256 % ALPHABET.length);
/** How many random bytes one draw asks for: a quarter more than needed makes a second draw rare. */
const DRAW_BYTES = 64;

const KEY_FORM = /^pp_[0-9A-Za-z]{48}$/;

function toBase62(value: number): string {
  let rest = value;
  let text = '';
  while (rest > 0) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text.padStart(CHECKSUM_CHARACTERS, '0');
}

/** `count` characters of base62, each equally likely. `fillRandom` fills an array with random bytes. */
export function randomBase62(count: number, fillRandom: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  let text = '';
  while (text.length < count) {
    const bytes = new Uint8Array(DRAW_BYTES);
    fillRandom(bytes);
    for (const byte of bytes) if (byte < UNBIASED_BYTES) text += ALPHABET.charAt(byte % ALPHABET.length);
  }
  return text.slice(0, count);
}

/** The checksum of a key's first 45 characters: CRC-32 (IEEE 802.3) in base62, padded to 6 (contract, "Common"). */
function checksumOf(body: string): string {
  return toBase62(crc32(body));
}

/** A new key: `pp_`, 42 random characters, 6 of checksum. */
export function createApiKey(fillRandom: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const body = `pp_${randomBase62(RANDOM_CHARACTERS, fillRandom)}`;
  return body + checksumOf(body);
}

/** True when form and checksum are right: a mistyped or guessed key costs no database read. */
export function isWellFormedApiKey(key: string): boolean {
  return KEY_FORM.test(key) && checksumOf(key.slice(0, -CHECKSUM_CHARACTERS)) === key.slice(-CHECKSUM_CHARACTERS);
}

/** What lists show of a key. */
export function prefixOf(key: string): string {
  return key.slice(0, PREFIX_CHARACTERS);
}
