import { randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const KEY_RANDOM_CHARACTERS = 42;
const KEY_CHECKSUM_CHARACTERS = 6;
const JUDGE_SECRET_CHARACTERS = 48;
const ENCRYPTION_KEY_BYTES = 32;

function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}

/** The last 6 characters of a key: CRC-32 (IEEE) of what precedes them, in base62, padded with zeros. */
export function keyChecksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  while (rest > 0) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits.padStart(KEY_CHECKSUM_CHARACTERS, '0');
}

/** `pp_`, 42 random base62 characters, 6 of checksum. */
export function createAdminKey(): string {
  const body = `pp_${randomBase62(KEY_RANDOM_CHARACTERS)}`;
  return body + keyChecksum(body);
}

/** A secret's name → a fresh value of its form. The Worker refuses to serve without them. */
export const secretMakers: Readonly<Record<string, () => string>> = {
  ADMIN_API_KEY: createAdminKey,
  ENCRYPTION_KEY: () => `k1:${randomBytes(ENCRYPTION_KEY_BYTES).toString('base64')}`,
  JUDGE_SECRET: () => randomBase62(JUDGE_SECRET_CHARACTERS),
};
