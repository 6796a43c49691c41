import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  bitString,
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
const SUBJECT_ALT_NAME = objectIdentifier('2.5.29.17');

/** A fresh self-signed certificate for `host` (a name or an IPv4 address): RFC 5280, P-256. Nobody trusts it. */
export function createSelfSignedIdentity(host: string, nowMs = Date.now()): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(COMMON_NAME, utf8String('Switchyard lab interceptor'))));
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const serial = Buffer.concat([Buffer.of(0x01), randomBytes(15)]);
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    element(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(nowMs - VALID_BEFORE_MS), utcTime(nowMs + VALID_AFTER_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(sequence(SUBJECT_ALT_NAME, octetString(sequence(hostName(host)))))),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: toPem('CERTIFICATE', certificate),
  };
}
