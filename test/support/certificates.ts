import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
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
} from '../../dev/lab/der.ts';

/** Certificates for tests, good and bad ones: whatever RFC 5280 can say, and what it forbids. */

export type KeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA-1024' | 'RSA-2048' | 'RSA-4096' | 'Ed25519' | 'RSA-PSS';

const DAY_MS = 86_400_000;

const SIGNATURES = {
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12' },
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' },
} as const;

const ECDSA_SHA512 = '1.2.840.10045.4.3.4';
const ED25519 = '1.3.101.112';

const OID = {
  commonName: '2.5.4.3',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  /** Under an arc for examples: no client knows it. */
  unknown: '2.999.1',
} as const;

export const PURPOSE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

export function createKey(kind: KeyKind): KeyObject {
  if (kind === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'RSA-PSS') {
    return generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' })
      .privateKey;
  }
  if (kind.startsWith('RSA-')) return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
}

/** A certificate with the key that it is for, and what is above it. */
export interface Identity {
  name: string;
  key: KeyObject;
  der: Buffer;
  /** Certificates that a server shows after its own, nearest first; the root is not among them. */
  intermediates: readonly Buffer[];
}

export interface CertificateOptions {
  /** The subject's common name. */
  name: string;
  /** Made by itself unless said. */
  issuer?: Identity;
  key?: KeyObject;
  kind?: KeyKind;
  /** Names and IPv4 addresses in the subject alternative name; none leaves the extension out. */
  hosts?: readonly string[];
  notBeforeMs?: number;
  notAfterMs?: number;
  /** An authority, with the number of authorities allowed below it, if limited. */
  authority?: boolean | number;
  purposes?: readonly string[];
  /** DNS names under which alone the authority may issue, and under which it may not. */
  permitted?: readonly string[];
  excluded?: readonly string[];
  hash?: 'sha1' | 'sha256' | 'sha384';
  /** An extension that no client knows, marked critical. */
  unknownCritical?: boolean;
}

function extension(oid: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(oid), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

function subtrees(tag: number, names: readonly string[] = []): Buffer[] {
  return names.length === 0 ? [] : [explicit(tag, ...names.map((name) => sequence(hostName(name))))];
}

/** digitalSignature, and for an authority keyCertSign and cRLSign (RFC 5280 §4.2.1.3). */
function keyUsage(isAuthority: boolean): Buffer {
  return element(0x03, isAuthority ? Buffer.of(1, 0x86) : Buffer.of(7, 0x80));
}

function extensionsOf(options: CertificateOptions): Buffer[] {
  const { authority = false, hosts = [], purposes = [], permitted, excluded } = options;
  const isAuthority = authority !== false;
  const pathLength = typeof authority === 'number' ? [integer(authority)] : [];
  const constraints = [...subtrees(0, permitted), ...subtrees(1, excluded)];
  return [
    extension(OID.basicConstraints, true, sequence(...(isAuthority ? [boolean(true), ...pathLength] : []))),
    extension(OID.keyUsage, true, keyUsage(isAuthority)),
    ...(hosts.length > 0 ? [extension(OID.subjectAltName, false, sequence(...hosts.map(hostName)))] : []),
    ...(purposes.length > 0
      ? [extension(OID.extendedKeyUsage, false, sequence(...purposes.map(objectIdentifier)))]
      : []),
    ...(constraints.length > 0 ? [extension(OID.nameConstraints, true, sequence(...constraints))] : []),
    ...(options.unknownCritical ? [extension(OID.unknown, true, sequence())] : []),
  ];
}

/** How `key` signs: the algorithm's identifier, and the hash for node:crypto. */
function signatureBy(key: KeyObject, hash: 'sha1' | 'sha256' | 'sha384'): { algorithm: Buffer; hash: string | null } {
  if (key.asymmetricKeyType === 'ed25519') return { algorithm: sequence(objectIdentifier(ED25519)), hash: null };
  if (key.asymmetricKeyType === 'ec') {
    const isP521 = key.asymmetricKeyDetails?.namedCurve === 'secp521r1';
    const oid = isP521 ? ECDSA_SHA512 : SIGNATURES.ec[hash];
    return { algorithm: sequence(objectIdentifier(oid)), hash: isP521 ? 'sha512' : hash };
  }
  return { algorithm: sequence(objectIdentifier(SIGNATURES.rsa[hash]), Buffer.of(0x05, 0x00)), hash };
}

const nameOf = (commonName: string): Buffer =>
  sequence(set(sequence(objectIdentifier(OID.commonName), utf8String(commonName))));

/** Issues a certificate (RFC 5280), valid from a day ago for a month unless said otherwise. */
export function issue(options: CertificateOptions): Identity {
  const { name, issuer, kind = 'P-256', notBeforeMs = Date.now() - DAY_MS } = options;
  const key = options.key ?? createKey(kind);
  const signer = issuer?.key ?? key;
  const { algorithm, hash } = signatureBy(signer, options.hash ?? 'sha256');
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    element(0x02, Buffer.of(0x01), randomBytes(15)),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(utcTime(notBeforeMs), utcTime(options.notAfterMs ?? Date.now() + 30 * DAY_MS)),
    nameOf(name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensionsOf(options))),
  );
  const der = sequence(toBeSigned, algorithm, bitString(sign(hash, toBeSigned, signer)));
  const isUnderRoot = !issuer || new X509Certificate(issuer.der).checkIssued(new X509Certificate(issuer.der));
  return { name, key, der, intermediates: issuer && !isUnderRoot ? [issuer.der, ...issuer.intermediates] : [] };
}

/** Key and chain as PEM, in the form that node:tls takes. */
export function toServerOptions(identity: Identity): { key: string; cert: string } {
  return {
    key: identity.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: [identity.der, ...identity.intermediates].map((der) => toPem('CERTIFICATE', der)).join(''),
  };
}
