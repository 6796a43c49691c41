import { fromBase64, joinBytes } from '../../bytes.ts';
import { isCertificate } from './certificate.ts';

/** How rustls-wasm/src/roots.rs tells a whole certificate from the few parts of one that matter. */
const KIND_CERTIFICATE = 1;

/** A part's length has two bytes there; certificates of authorities have one or two thousand. */
const MAX_CERTIFICATE_BYTES = 0xffff;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/** The certificates in a PEM text (RFC 7468), as DER; what stands around them is ignored. Throws `RangeError` for a bad one. */
export function certificatesOfPem(pem: string): Uint8Array[] {
  return Array.from(pem.matchAll(PEM_CERTIFICATE), ([, base64 = '']) => {
    const der = fromBase64(base64.replace(/\s/g, ''));
    if (!der) throw new RangeError('A certificate is not correct base64.');
    return der;
  });
}

/**
 * The certificates of a configured PEM text; none for an empty one. Null when it holds none, or something that is no
 * certificate.
 */
export function readCertificates(pem: string): Uint8Array[] | null {
  if (pem.trim() === '') return [];
  try {
    const certificates = certificatesOfPem(pem);
    return certificates.length > 0 && certificates.every(isCertificate) ? certificates : null;
  } catch {
    return null;
  }
}

/** Certificates added to trust anchors that are encoded already. */
export function withCertificates(anchors: Uint8Array, certificates: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [anchors];
  for (const certificate of certificates) {
    const { byteLength } = certificate;
    if (byteLength > MAX_CERTIFICATE_BYTES) throw new RangeError('A certificate is too large.');
    parts.push(Uint8Array.of(KIND_CERTIFICATE, byteLength & 0xff, byteLength >> 8), certificate);
  }
  return joinBytes(parts);
}
