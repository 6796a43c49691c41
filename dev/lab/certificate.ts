import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A server's key and certificate as PEM. */
export interface ServerIdentity {
  key: string;
  cert: string;
}

/** A day before and a month after now: clocks differ a little, labs don't live long. */
const VALID_BEFORE_MS = 86_400_000;
const VALID_AFTER_MS = 30 * 86_400_000;

/** Object identifiers in DER: ecdsa-with-SHA256, commonName, subjectAltName. */
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');

/** One DER element (X.690): tag, length, contents. */
function element(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  return Buffer.concat([Buffer.of(tag, 0x82, body.length >> 8, body.length & 0xff), body]);
}

const sequence = (...contents: Uint8Array[]) => element(0x30, ...contents);

function utcTime(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}

function subjectAltName(host: string): Buffer {
  const octets = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? host.split('.').map(Number) : null;
  const name = octets ? element(0x87, Buffer.from(octets)) : element(0x82, Buffer.from(host));
  return sequence(SUBJECT_ALT_NAME, element(0x04, sequence(name)));
}

/** A fresh self-signed certificate for `host` (a name or an IPv4 address): RFC 5280, P-256. Nobody trusts it. */
export function createSelfSignedIdentity(host: string, nowMs = Date.now()): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const name = sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from('Switchyard lab interceptor')))));
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const serial = Buffer.concat([Buffer.of(0x01), randomBytes(15)]);
  const toBeSigned = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(nowMs - VALID_BEFORE_MS), utcTime(nowMs + VALID_AFTER_MS)),
    name,
    publicKey,
    element(0xa3, sequence(subjectAltName(host))),
  );
  const signature = sign('sha256', toBeSigned, createPrivateKey(privateKey));
  const certificate = sequence(toBeSigned, algorithm, element(0x03, Buffer.of(0), signature));
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return { key: privateKey, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}
