import { createPublicKey, verify } from 'node:crypto';

interface Curve {
  /** Everything of a SubjectPublicKeyInfo (RFC 5480) that stands before the point. */
  spkiPrefix: Buffer;
  /** An uncompressed point: 0x04 and two coordinates. */
  pointBytes: number;
}

const CURVES: Record<number, Curve> = {
  256: { spkiPrefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), pointBytes: 65 },
  384: { spkiPrefix: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'), pointBytes: 97 },
  521: { spkiPrefix: Buffer.from('30819b301006072a8648ce3d020106052b8104002303818600', 'hex'), pointBytes: 133 },
};

const HASHES: Record<number, string> = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };

const UNCOMPRESSED = 0x04;

export interface EcdsaClaim {
  /** Size of the curve's field: 256, 384 or 521. */
  curveBits: number;
  hashBits: number;
  /** The public key: a point as in SEC 1, uncompressed. */
  point: Uint8Array;
  message: Uint8Array;
  /** DER, as TLS and X.509 have it. */
  signature: Uint8Array;
}

/**
 * Whether the signature is the key's (FIPS 186-5), by the runtime's native code. A key or signature that can't be read
 * is no signature: false, never an exception.
 */
export function isEcdsaSignature({ curveBits, hashBits, point, message, signature }: EcdsaClaim): boolean {
  const curve = CURVES[curveBits];
  const hash = HASHES[hashBits];
  if (!curve || hash === undefined) return false;
  if (point.byteLength !== curve.pointBytes || point[0] !== UNCOMPRESSED) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([curve.spkiPrefix, point]), format: 'der', type: 'spki' });
    return verify(hash, message, key, signature) === true;
  } catch {
    return false;
  }
}
