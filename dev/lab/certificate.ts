import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  element,
  explicit,
  hostName,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  toPem,
  utcTime,
  utf8String,
} from './der.ts';

/** A server's key and certificate as PEM. */
export interface ServerIdentity {
  key: string;
  cert: string;
}

/** A day before and a month after now: clocks differ a little, labs don't live long. */
const VALID_BEFORE_MS = 86_400_000;
const VALID_AFTER_MS = 30 * 86_400_000;

const ECDSA_WITH_SHA256 = objectIdentifier('1.2.840.10045.4.3.2');
const COMMON_NAME = objectIdentifier('2.5.4.3');
const BASIC_CONSTRAINTS = objectIdentifier('2.5.29.19');
const SUBJECT_ALT_NAME = objectIdentifier('2.5.29.17');

interface Issuer {
  /** DER of its distinguished name. */
  name: Buffer;
  key: KeyObject;
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8String(commonName))));
}

/** A certificate with the given extensions (RFC 5280), P-256; by itself without an issuer. */
function issueCertificate(subject: Buffer, extensions: Buffer, issuer: Issuer | null, nowMs: number) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const serial = Buffer.concat([Buffer.of(0x01), randomBytes(15)]);
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    element(0x02, serial),
    algorithm,
    issuer?.name ?? subject,
    sequence(utcTime(nowMs - VALID_BEFORE_MS), utcTime(nowMs + VALID_AFTER_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(extensions)),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, issuer?.key ?? privateKey)));
  return { privateKey, certificate };
}

function toIdentity({ privateKey, certificate }: ReturnType<typeof issueCertificate>): ServerIdentity {
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: toPem('CERTIFICATE', certificate),
  };
}

function forHost(host: string): Buffer {
  return sequence(SUBJECT_ALT_NAME, octetString(sequence(hostName(host))));
}

/** A fresh self-signed certificate for `host` (a name or an IPv4 address). Nobody trusts it. */
export function createSelfSignedIdentity(host: string, nowMs = Date.now()): ServerIdentity {
  return toIdentity(issueCertificate(distinguishedName('Switchyard lab interceptor'), forHost(host), null, nowMs));
}

/** A server's identity under an authority of its own, fresh and known to nobody else. */
export interface CertifiedIdentity extends ServerIdentity {
  /** PEM of the authority: who is given it trusts the server. */
  root: string;
  /** SHA-256 of the server's certificate, in hex without colons. */
  fingerprint: string;
}

/** A certificate for `host` by a new authority, and that authority's. */
export function createCertifiedIdentity(host: string, nowMs = Date.now()): CertifiedIdentity {
  const name = distinguishedName('Switchyard lab authority');
  const isAuthority = sequence(BASIC_CONSTRAINTS, boolean(true), octetString(sequence(boolean(true))));
  const authority = issueCertificate(name, isAuthority, null, nowMs);
  const issuer = { name, key: authority.privateKey };
  const server = issueCertificate(distinguishedName('Switchyard lab judge'), forHost(host), issuer, nowMs);
  return {
    ...toIdentity(server),
    root: toPem('CERTIFICATE', authority.certificate),
    fingerprint: createHash('sha256').update(server.certificate).digest('hex').toUpperCase(),
  };
}
