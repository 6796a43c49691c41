import { toBase64Url } from '../../platform/bytes.ts';
import type { Signer } from './hmac.ts';

/** Longer than any check takes, in milliseconds (contract, "Judge"). */
export const NONCE_VALID_MS = 60_000;
/** 128 bits: two checks of one proxy in one millisecond still differ. */
const RANDOM_BYTES = 16;
/** An id, a time, the random part and a signature need half of it. */
export const MAX_NONCE_CHARACTERS = 256;

const PURPOSE = 'judge-nonce';
const FORM = /^([0-9a-f-]{36}\.([0-9]{13})\.[\w-]{22})\.([\w-]{43})$/;

/** A nonce for one request of one check: `proxy id.expiry.random.signature`. */
export async function mintNonce(signer: Signer, proxyId: string, nowMs: number): Promise<string> {
  const random = toBase64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
  const claim = `${proxyId}.${nowMs + NONCE_VALID_MS}.${random}`;
  return `${claim}.${await signer.sign(PURPOSE, claim)}`;
}

/** True for a nonce that this service minted and that has not expired. Its form is looked at before its signature. */
export async function isValidNonce(signer: Signer, nonce: string, nowMs: number): Promise<boolean> {
  const [, claim, expiresAtMs, signature] = (nonce.length <= MAX_NONCE_CHARACTERS && FORM.exec(nonce)) || [];
  if (claim === undefined || expiresAtMs === undefined || signature === undefined) return false;
  return Number(expiresAtMs) > nowMs && (await signer.verify(PURPOSE, claim, signature));
}
