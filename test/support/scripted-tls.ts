import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { Identity } from './certificates.ts';

/** The server's side of TLS 1.3 (RFC 8446), so that each of its words can be changed. It judges nobody. */

export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, data: 23 } as const;
export const CLOSE_NOTIFY = Buffer.of(1, 0);

const SUITES = {
  4865: { hash: 'sha256', cipher: 'aes-128-gcm', keyBytes: 16 },
  4866: { hash: 'sha384', cipher: 'aes-256-gcm', keyBytes: 32 },
  4867: { hash: 'sha256', cipher: 'chacha20-poly1305', keyBytes: 32 },
} as const;

const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const X25519 = 0x001d;
/** What stands before an X25519 key's bytes in SubjectPublicKeyInfo. */
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const ECDSA_SECP256R1_SHA256 = 0x0403;

const MESSAGE = {
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  certificateVerify: 15,
  finished: 20,
  keyUpdate: 24,
} as const;

export type ScriptedMessage = 'serverHello' | 'encryptedExtensions' | 'certificate' | 'certificateVerify' | 'finished';

export interface Script {
  identity: Identity;
  suite?: keyof typeof SUITES;
  /** The number that ServerHello says, if another than the suite that is used. */
  saysSuite?: number;
  saysVersion?: number;
  /** The protocol that EncryptedExtensions choose (ALPN). */
  alpn?: string;
  /** Signs CertificateVerify in place of the certificate's own key. */
  signer?: KeyObject;
  /** What CertificateVerify's signature begins with (RFC 8446 §4.4.3). */
  context?: string;
  /** Left out altogether: nobody hashes them. */
  omit?: readonly ScriptedMessage[];
  /** Changes a message on its way, after both sides' hash should have taken it. */
  alter?(name: ScriptedMessage, message: Buffer): Buffer;
  /** Bytes of each record's handshake content; all in one unless said. */
  fragmentBytes?: number;
}

function vector(lengthBytes: 1 | 2 | 3, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(body.length, 0, lengthBytes);
  return Buffer.concat([length, body]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function message(type: number, ...body: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, ...body)]);
}

/** A record as it is on the wire (RFC 8446 §5.1). */
export function plainRecord(type: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type, 3, 3), vector(2, content)]);
}

interface ClientHello {
  sessionId: Buffer;
  share: Buffer;
}

/** Reads what the server needs of the first record. */
function parseClientHello(record: Buffer): ClientHello {
  // Record header, message header, version, random.
  let at = 5 + 4 + 2 + 32;
  const take = (lengthBytes: number): Buffer => {
    const length = record.readUIntBE(at, lengthBytes);
    at += lengthBytes + length;
    return record.subarray(at - length, at);
  };
  const sessionId = take(1);
  take(2);
  take(1);
  const end = at + 2 + record.readUInt16BE(at);
  for (at += 2; at < end; ) {
    at += 2;
    const isKeyShare = record.readUInt16BE(at - 2) === 51;
    const extension = take(2);
    if (!isKeyShare) continue;
    for (let offset = 2; offset < extension.length; ) {
      const length = extension.readUInt16BE(offset + 2);
      const share = extension.subarray(offset + 4, offset + 4 + length);
      if (extension.readUInt16BE(offset) === X25519) return { sessionId, share };
      offset += 4 + length;
    }
  }
  throw new Error('The client offers no X25519.');
}

/** One direction's keys. */
class Traffic {
  readonly #suite: (typeof SUITES)[keyof typeof SUITES];
  secret: Buffer;
  sequence = 0;

  constructor(suite: (typeof SUITES)[keyof typeof SUITES], secret: Buffer) {
    this.#suite = suite;
    this.secret = secret;
  }

  #material(): { key: Buffer; nonce: Buffer } {
    const { hash, keyBytes } = this.#suite;
    const nonce = expandLabel(hash, this.secret, 'iv', Buffer.alloc(0), NONCE_BYTES);
    const counter = nonce.readUInt32BE(NONCE_BYTES - 4) ^ this.sequence;
    nonce.writeUInt32BE(counter >>> 0, NONCE_BYTES - 4);
    return { key: expandLabel(hash, this.secret, 'key', Buffer.alloc(0), keyBytes), nonce };
  }

  seal(type: number, content: Uint8Array, paddingBytes = 0): Buffer {
    const inner = Buffer.concat([content, Buffer.of(type), Buffer.alloc(paddingBytes)]);
    const header = Buffer.concat([Buffer.of(CONTENT.data, 3, 3), uint16(inner.length + TAG_BYTES)]);
    const { key, nonce } = this.#material();
    // The three names differ in nothing that matters here; the types of node:crypto tell them apart.
    const cipher = createCipheriv(this.#suite.cipher as 'aes-128-gcm', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(header);
    this.sequence += 1;
    return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
  }

  open(record: Buffer): { type: number; content: Buffer } {
    const { key, nonce } = this.#material();
    const decipher = createDecipheriv(this.#suite.cipher as 'aes-128-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(record.subarray(0, 5));
    decipher.setAuthTag(record.subarray(-TAG_BYTES));
    const inner = Buffer.concat([decipher.update(record.subarray(5, -TAG_BYTES)), decipher.final()]);
    this.sequence += 1;
    const end = inner.findLastIndex((byte: number) => byte !== 0);
    return { type: inner[end] ?? 0, content: inner.subarray(0, end) };
  }

  update(): void {
    const { hash } = this.#suite;
    this.secret = expandLabel(hash, this.secret, 'traffic upd', Buffer.alloc(0), this.secret.length);
    this.sequence = 0;
  }
}

function extract(hash: string, salt: Uint8Array, key: Uint8Array): Buffer {
  return createHmac(hash, salt).update(key).digest();
}

function expandLabel(hash: string, secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const info = Buffer.concat([uint16(length), vector(1, Buffer.from(`tls13 ${label}`)), vector(1, context)]);
  let block = Buffer.alloc(0);
  let output = Buffer.alloc(0);
  for (let counter = 1; output.length < length; counter += 1) {
    block = createHmac(hash, secret).update(block).update(info).update(Buffer.of(counter)).digest();
    output = Buffer.concat([output, block]);
  }
  return Buffer.from(output.subarray(0, length));
}

/** Splits what a peer sent into records, which have to be whole. */
export function recordsOf(bytes: Uint8Array): Buffer[] {
  const records: Buffer[] = [];
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < buffer.length; ) {
    const end = at + 5 + buffer.readUInt16BE(at + 3);
    records.push(buffer.subarray(at, end));
    at = end;
  }
  return records;
}

export class ScriptedServer {
  readonly #script: Script;
  readonly #hello: ClientHello;
  readonly #suite: (typeof SUITES)[keyof typeof SUITES];
  readonly #transcript: ReturnType<typeof createHash>;
  #masterSecret = Buffer.alloc(0);
  #handshakeSecret = Buffer.alloc(0);
  /** Keys of the server's own direction, then of the client's: handshake's at first, later those of the data. */
  outgoing: Traffic;
  incoming: Traffic;

  constructor(clientHello: Uint8Array, script: Script) {
    this.#script = script;
    const record = Buffer.from(clientHello);
    this.#hello = parseClientHello(record);
    this.#suite = SUITES[script.suite ?? 0x1301];
    this.#transcript = createHash(this.#suite.hash).update(record.subarray(5));
    this.outgoing = new Traffic(this.#suite, Buffer.alloc(0));
    this.incoming = new Traffic(this.#suite, Buffer.alloc(0));
  }

  #hash(): Buffer {
    return this.#transcript.copy().digest();
  }

  #derive(secret: Uint8Array, label: string, context: Uint8Array): Buffer {
    return expandLabel(this.#suite.hash, secret, label, context, context.length);
  }

  /** What is sent of a message, after the hash has taken the true one. */
  #say(name: ScriptedMessage, bytes: Buffer): Buffer {
    if (this.#script.omit?.includes(name)) return Buffer.alloc(0);
    this.#transcript.update(bytes);
    return this.#script.alter?.(name, bytes) ?? bytes;
  }

  #serverHello(): Buffer {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const share = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const { suite = 0x1301, saysSuite = suite, saysVersion = 0x0304 } = this.#script;
    const body = [
      Buffer.of(3, 3),
      randomBytes(32),
      vector(1, this.#hello.sessionId),
      uint16(saysSuite),
      Buffer.of(0),
      vector(2, uint16(43), vector(2, uint16(saysVersion)), uint16(51), vector(2, uint16(X25519), vector(2, share))),
    ];
    const said = this.#say('serverHello', message(MESSAGE.serverHello, ...body));
    const clientKey = createPublicKey({
      key: Buffer.concat([X25519_SPKI, this.#hello.share]),
      format: 'der',
      type: 'spki',
    });
    this.#schedule(diffieHellman({ privateKey, publicKey: clientKey }));
    return said;
  }

  /** Key schedule (§7.1) up to the keys of the handshake. */
  #schedule(shared: Buffer): void {
    const { hash } = this.#suite;
    const empty = createHash(hash).digest();
    const zeros = Buffer.alloc(empty.length);
    const early = extract(hash, zeros, zeros);
    this.#handshakeSecret = extract(hash, this.#derive(early, 'derived', empty), shared);
    this.#masterSecret = extract(hash, this.#derive(this.#handshakeSecret, 'derived', empty), zeros);
    this.outgoing = new Traffic(this.#suite, this.#derive(this.#handshakeSecret, 's hs traffic', this.#hash()));
    this.incoming = new Traffic(this.#suite, this.#derive(this.#handshakeSecret, 'c hs traffic', this.#hash()));
  }

  #certificate(): Buffer {
    const { der, intermediates } = this.#script.identity;
    const entries = [der, ...intermediates].flatMap((certificate) => [vector(3, certificate), uint16(0)]);
    return message(MESSAGE.certificate, Buffer.of(0), vector(3, ...entries));
  }

  #certificateVerify(): Buffer {
    const { context = 'TLS 1.3, server CertificateVerify', signer = this.#script.identity.key } = this.#script;
    const signed = Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from(context), Buffer.of(0), this.#hash()]);
    const signature = sign('sha256', signed, signer);
    return message(MESSAGE.certificateVerify, uint16(ECDSA_SECP256R1_SHA256), vector(2, signature));
  }

  #finished(): Buffer {
    const key = expandLabel(this.#suite.hash, this.outgoing.secret, 'finished', Buffer.alloc(0), this.#hash().length);
    return message(MESSAGE.finished, createHmac(this.#suite.hash, key).update(this.#hash()).digest());
  }

  #encryptedExtensions(): Buffer {
    const { alpn } = this.#script;
    const protocol = alpn === undefined ? [] : [uint16(16), vector(2, vector(2, vector(1, Buffer.from(alpn))))];
    return message(MESSAGE.encryptedExtensions, vector(2, ...protocol));
  }

  /** ServerHello to Finished, in records; the keys are those of the data afterwards. */
  flight(): Buffer {
    const hello = this.#serverHello();
    const handshake = this.outgoing;
    const said = Buffer.concat([
      this.#say('encryptedExtensions', this.#encryptedExtensions()),
      this.#say('certificate', this.#certificate()),
      this.#say('certificateVerify', this.#certificateVerify()),
      this.#say('finished', this.#finished()),
    ]);
    const { fragmentBytes = said.length } = this.#script;
    const records = [plainRecord(CONTENT.handshake, hello), plainRecord(CONTENT.changeCipherSpec, Buffer.of(1))];
    for (let at = 0; at < said.length; at += fragmentBytes) {
      records.push(handshake.seal(CONTENT.handshake, said.subarray(at, at + fragmentBytes)));
    }
    this.outgoing = new Traffic(this.#suite, this.#derive(this.#masterSecret, 's ap traffic', this.#hash()));
    this.#clientData = this.#derive(this.#masterSecret, 'c ap traffic', this.#hash());
    return Buffer.concat(records);
  }

  #clientData = Buffer.alloc(0);

  /** Reads the client's answer to the flight; from then on its records are data. */
  readFinished(bytes: Uint8Array): void {
    const sealed = recordsOf(bytes).filter(([type]) => type === CONTENT.data);
    for (const record of sealed) this.incoming.open(record);
    this.incoming = new Traffic(this.#suite, this.#clientData);
  }

  data(text: string | Uint8Array, paddingBytes = 0): Buffer {
    return this.outgoing.seal(CONTENT.data, Buffer.from(text), paddingBytes);
  }

  alert(description: Uint8Array): Buffer {
    return this.outgoing.seal(CONTENT.alert, description);
  }

  /** A KeyUpdate (§4.6.3), after which everything is under new keys. */
  keyUpdate(wantsAnswer: boolean): Buffer {
    const record = this.outgoing.seal(CONTENT.handshake, message(MESSAGE.keyUpdate, Buffer.of(wantsAnswer ? 1 : 0)));
    this.outgoing.update();
    return record;
  }
}
