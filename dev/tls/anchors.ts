import { X509Certificate } from 'node:crypto';

/** The layout of src/platform/net/tls/rustls-wasm/src/roots.rs: an anchor is its subject, its key, its constraints. */
const KIND_ANCHOR = 0;

/** DER of the object identifier of name constraints (RFC 5280 §4.2.1.10). */
const NAME_CONSTRAINTS = Buffer.from('0603551d1e', 'hex');

const TAG = { octetString: 0x04, sequence: 0x30, version: 0xa0, extensions: 0xa3 } as const;

interface Element {
  tag: number;
  contents: Buffer;
}

/** The elements that stand side by side in a piece of DER (X.690). */
function elementsOf(der: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < der.length; ) {
    const tag = der.readUInt8(at);
    const short = der.readUInt8(at + 1);
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
    const length = lengthBytes === 0 ? short : der.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > der.length) throw new RangeError('A certificate is cut off.');
    elements.push({ tag, contents: der.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function childrenOf(element: Element | undefined): Element[] {
  if (!element) throw new RangeError('A certificate lacks a part.');
  return elementsOf(element.contents);
}

/** The contents of a root's NameConstraints, empty when it has none. */
function nameConstraintsOf(fields: readonly Element[]): Buffer {
  const extensions = fields.find(({ tag }) => tag === TAG.extensions);
  if (!extensions) return Buffer.alloc(0);
  for (const extension of childrenOf(childrenOf(extensions)[0])) {
    if (!extension.contents.subarray(0, NAME_CONSTRAINTS.length).equals(NAME_CONSTRAINTS)) continue;
    const value = childrenOf(extension).find(({ tag }) => tag === TAG.octetString);
    const [constraints] = childrenOf(value);
    if (constraints) return constraints.contents;
  }
  return Buffer.alloc(0);
}

function part(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What a trust anchor needs of a root certificate (RFC 5914): a third of its size. */
export function encodeAnchor(certificate: X509Certificate): Buffer {
  const [toBeSigned] = childrenOf(elementsOf(certificate.raw)[0]);
  const fields = childrenOf(toBeSigned);
  // A version stands before serial number, signature, issuer, validity, subject and key, unless it is the oldest.
  const first = fields[0]?.tag === TAG.version ? 1 : 0;
  const [subject, key] = [fields[first + 4], fields[first + 5]];
  if (subject?.tag !== TAG.sequence || key?.tag !== TAG.sequence) throw new RangeError('A certificate lacks a part.');
  return Buffer.concat([
    Buffer.of(KIND_ANCHOR),
    part(subject.contents),
    part(key.contents),
    part(nameConstraintsOf(fields)),
  ]);
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM text. */
export function certificatesIn(pem: string): X509Certificate[] {
  return Array.from(pem.matchAll(PEM_CERTIFICATE), ([text]) => new X509Certificate(text));
}

/** The anchors of those certificates in a PEM text that are valid at this time, in the order of their bytes. */
export function encodeAnchors(pem: string, nowMs: number): { bytes: Buffer; count: number } {
  // Nobody looks at the dates of an anchor later.
  const valid = certificatesIn(pem).filter(({ validTo }) => Date.parse(validTo) > nowMs);
  const anchors = valid.map(encodeAnchor).sort(Buffer.compare);
  return { bytes: Buffer.concat(anchors), count: anchors.length };
}
