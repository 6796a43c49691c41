import { X509Certificate } from 'node:crypto';

/** Whether a certificate (DER) names itself as its issuer: nobody vouches for it. False when it can't be read. */
export function isSelfIssued(der: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der);
    return certificate.issuer === certificate.subject;
  } catch {
    return false;
  }
}

/** Whether this is the DER of a certificate. */
export function isCertificate(der: Uint8Array): boolean {
  try {
    return new X509Certificate(der).raw.byteLength === der.byteLength;
  } catch {
    return false;
  }
}
