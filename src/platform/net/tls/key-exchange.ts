import { createECDH } from 'node:crypto';

/** A key pair of one connection: a number, and a point as in SEC 1, uncompressed, as TLS has it (RFC 8446 §4.2.8.2). */
export interface ExchangeKeys {
  privateKey: Uint8Array;
  publicKey: Uint8Array;
}

/** By their numbers in IANA's registry of supported groups; private keys and secrets have this many bytes. */
const CURVES: Record<number, { name: string; secretBytes: number }> = {
  23: { name: 'prime256v1', secretBytes: 32 },
  24: { name: 'secp384r1', secretBytes: 48 },
};

/** A fresh key pair by the runtime's native code; null for an unknown group, and when there is none to be had. */
export function createExchangeKeys(group: number): ExchangeKeys | null {
  const curve = CURVES[group];
  if (!curve) return null;
  try {
    const exchange = createECDH(curve.name);
    const publicKey = exchange.generateKeys();
    // The number comes without the zeros in front of it.
    const digits = exchange.getPrivateKey();
    const privateKey = new Uint8Array(curve.secretBytes);
    privateKey.set(digits, curve.secretBytes - digits.byteLength);
    return { privateKey, publicKey };
  } catch {
    return null;
  }
}

/** The secret that both sides know then, as long as a private key. Null for a public key that is no point of the curve. */
export function agreeOnSecret(group: number, privateKey: Uint8Array, peerKey: Uint8Array): Uint8Array | null {
  const curve = CURVES[group];
  if (!curve) return null;
  try {
    const exchange = createECDH(curve.name);
    exchange.setPrivateKey(privateKey);
    const secret = exchange.computeSecret(peerKey);
    return secret.byteLength === curve.secretBytes ? secret : null;
  } catch {
    return null;
  }
}
