import { describe, expect, it } from 'vitest';
import { DialError } from '../../../../src/platform/net/dial-error.ts';
import type { TlsMachine } from '../../../../src/platform/net/tls/rustls.types.ts';
import { withCertificates } from '../../../../src/platform/net/tls/trust-anchors.ts';
import { createKey, issue } from '../../../support/certificates.ts';
import { runs } from '../../../support/full-runs.ts';
import { rustlsInNode } from '../../../support/rustls-in-node.ts';
import {
  CLOSE_NOTIFY,
  CONTENT,
  plainRecord,
  recordsOf,
  type Script,
  type ScriptedMessage,
  ScriptedServer,
} from '../../../support/scripted-tls.ts';

const HOST = 'www.judge.test';
const root = issue({ name: 'Root', authority: true });
const identity = issue({ name: 'server', issuer: root, hosts: [HOST] });
const impostor = issue({ name: 'impostor', hosts: [HOST] });
const rustls = rustlsInNode();
const config = rustls.createConfig(withCertificates(new Uint8Array(), [root.der]), ['http/1.1']);

/** One byte in so many is changed, each in a full run; of what is short each always. */
const STRIDE = runs({ usual: 5, full: 1 });
const SHORT_BYTES = 200;

function placesIn(length: number): number[] {
  const stride = length > SHORT_BYTES ? STRIDE : 1;
  return Array.from({ length: Math.ceil(length / stride) }, (_, index) => index * stride);
}

/** Where each record begins. */
function startsOf(flight: Buffer): number[] {
  let at = 0;
  return recordsOf(flight).map(({ length }) => {
    at += length;
    return at - length;
  });
}

/** The bytes with one bit of one of them turned; signatures are a byte or two longer or shorter each time. */
function changed(bytes: Buffer, place: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.min(place, copy.length - 1);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (at % 8)), at);
  return copy;
}

const MESSAGES: ScriptedMessage[] = [
  'serverHello',
  'encryptedExtensions',
  'certificate',
  'certificateVerify',
  'finished',
];

/** The client's handshake with a scripted server, to the end or to its refusal. */
function begin(script: Partial<Script> = {}): { machine: TlsMachine; server: ScriptedServer; flight: Buffer } {
  const machine = config.connect(HOST, 'tls');
  const server = new ScriptedServer(machine.takeForPeer(), { identity, ...script });
  return { machine, server, flight: server.flight() };
}

function established(script: Partial<Script> = {}): { machine: TlsMachine; server: ScriptedServer } {
  const { machine, server, flight } = begin(script);
  machine.feed(flight);
  server.readFinished(machine.takeForPeer());
  expect(machine.isEstablished()).toBe(true);
  return { machine, server };
}

/** The code of the refusal; frees the machine. */
function refusalOf(machine: TlsMachine, bytes: Uint8Array): string {
  try {
    machine.feed(bytes);
    return machine.isEstablished() ? 'established' : 'waiting for more';
  } catch (error) {
    return error instanceof DialError ? error.code : String(error);
  } finally {
    machine.free();
  }
}

function verdictOn(script: Partial<Script>): string {
  const { machine, flight } = begin(script);
  return refusalOf(machine, flight);
}

function textOf(machine: TlsMachine): string {
  return Buffer.from(machine.takePlaintext()).toString();
}

describe('a handshake of TLS 1.3', () => {
  it.each([0x1301, 0x1302, 0x1303] as const)('is finished with suite %i, and data goes both ways', (suite) => {
    const { machine, server } = established({ suite });
    expect(machine.agreement()).toEqual({ version: 'TLSv1.3', cipherSuite: suite, alpn: null });
    machine.feed(server.data('down'));
    expect(textOf(machine)).toBe('down');
    machine.send(Buffer.from('up'));
    expect(server.incoming.open(Buffer.from(machine.takeForPeer()))).toEqual({
      type: CONTENT.data,
      content: Buffer.from('up'),
    });
    machine.free();
  });

  it('may agree on a protocol that was offered', () => {
    expect(established({ alpn: 'http/1.1' }).machine.agreement().alpn).toBe('http/1.1');
  });

  it.each([1, 2, 100])('is finished when its messages come in pieces of %i bytes', (fragmentBytes) => {
    established({ fragmentBytes }).machine.free();
  });

  it('is finished however its bytes are split on the way', () => {
    for (let split = 1; split < begin().flight.length; split += 7) {
      const { machine, flight } = begin();
      // A signature's length is not always the same, so neither is the flight's.
      const at = Math.min(split, flight.length - 1);
      machine.feed(flight.subarray(0, at));
      expect(machine.isEstablished()).toBe(false);
      machine.feed(flight.subarray(at));
      expect(machine.isEstablished()).toBe(true);
      machine.free();
    }
    const { machine, flight } = begin();
    for (const byte of flight) machine.feed(Uint8Array.of(byte));
    expect(machine.isEstablished()).toBe(true);
    machine.free();
  });

  it.each<[string, Partial<Script>, string]>([
    ['without its Certificate', { omit: ['certificate'] }, 'tls_protocol'],
    ['without its CertificateVerify', { omit: ['certificateVerify'] }, 'tls_protocol'],
    ['without its EncryptedExtensions', { omit: ['encryptedExtensions'] }, 'tls_protocol'],
    ['without either', { omit: ['certificate', 'certificateVerify'] }, 'tls_protocol'],
    ['signed by another key', { signer: createKey('P-256') }, 'tls_bad_signature'],
    ['signed for another purpose', { context: 'TLS 1.3, client CertificateVerify' }, 'tls_bad_signature'],
    ['with somebody else’s certificate', { identity: { ...identity, key: impostor.key } }, 'tls_bad_signature'],
    ['with a certificate of its own', { identity: impostor }, 'tls_self_signed'],
    ['with a suite nobody offered', { saysSuite: 0x1304 }, 'tls_protocol'],
    ['with a suite that there is not', { saysSuite: 0x0000 }, 'tls_protocol'],
    ['with a suite of TLS 1.2', { saysSuite: 0xc02b }, 'tls_protocol'],
    ['with a protocol nobody offered', { alpn: 'h2' }, 'tls_protocol'],
    ['that says it is TLS 1.1', { saysVersion: 0x0302 }, 'tls_incompatible'],
    ['that says it is TLS 1.2 inside 1.3', { saysVersion: 0x0303 }, 'tls_protocol'],
    [
      'with other words in Finished',
      {
        alter: (name, bytes) => (name === 'finished' ? Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(32)]) : bytes),
      },
      'tls_tampered',
    ],
    [
      'with a longer Finished',
      {
        alter: (name, bytes) =>
          name === 'finished' ? Buffer.concat([Buffer.of(20, 0, 0, 33), bytes.subarray(4), Buffer.of(0)]) : bytes,
      },
      'tls_tampered',
    ],
    [
      'with no certificates in Certificate',
      { alter: (name, bytes) => (name === 'certificate' ? Buffer.of(11, 0, 0, 4, 0, 0, 0, 0) : bytes) },
      'tls_protocol',
    ],
    ['that says everything twice', { alter: (_, bytes) => Buffer.concat([bytes, bytes]) }, 'tls_protocol'],
  ])('%s is refused: %s', (_, script, code) => {
    expect(verdictOn(script)).toBe(code);
  });

  it('without Finished never ends', () => {
    const { machine, server, flight } = begin({ omit: ['finished'] });
    machine.feed(flight);
    expect(machine.isEstablished()).toBe(false);
    expect(refusalOf(machine, server.data('data before Finished'))).toBe('tls_tampered');
  });

  it.each(MESSAGES)('with any one bit of its %s changed is refused', (name) => {
    let length = 0;
    begin({
      alter: (said, bytes) => {
        if (said === name) length = bytes.length;
        return bytes;
      },
    }).machine.free();
    for (const at of placesIn(length)) {
      // Signatures differ by a byte or two in length from one handshake to the next (DER, X.690 section 8.3).
      const verdict = verdictOn({
        alter: (said, bytes) => (said === name ? changed(bytes, Math.min(at, bytes.length - 1)) : bytes),
      });
      // A longer length means waiting for what never comes; whatever follows is under other keys.
      expect(verdict, `byte ${at}`).toMatch(at < 4 ? /^tls_|^waiting for more$/ : /^tls_/);
    }
    expect(length).toBeGreaterThan(5);
  });

  it('with any one bit of its records changed is refused', () => {
    const { length } = begin().flight;
    for (const at of placesIn(length)) {
      const { machine, flight, server } = begin();
      // What stands in a record's header before its length means nothing once it is encrypted, its version never does.
      const starts = startsOf(flight);
      const isIdle = starts.some((start, index) => at > start - (index > 1 ? 1 : 0) && at < start + 3);
      const verdict = refusalOf(machine, Buffer.concat([changed(flight, at), server.data('x'.repeat(16_000))]));
      if (!isIdle) expect(verdict, `byte ${at}`).toMatch(/^tls_|^waiting for more$/);
    }
  });
});

describe('data in TLS 1.3', () => {
  it('may be padded, empty, and as long as a record can be', () => {
    const { machine, server } = established();
    machine.feed(
      Buffer.concat([server.data('a', 1_000), server.data(''), server.data('', 50), server.data('b'.repeat(16_384))]),
    );
    expect(textOf(machine)).toBe(`a${'b'.repeat(16_384)}`);
    expect(refusalOf(machine, server.data('c'.repeat(16_385)))).toBe('tls_protocol');
  });

  it('may change its keys, and have us change ours', () => {
    const { machine, server } = established();
    machine.feed(
      Buffer.concat([server.data('one '), server.keyUpdate(false), server.data('two '), server.keyUpdate(true)]),
    );
    machine.feed(server.data('three'));
    expect(textOf(machine)).toBe('one two three');
    // The answer goes out with the next data, and is the last under the old keys.
    machine.send(Buffer.from('under new keys'));
    const [answer, data] = recordsOf(machine.takeForPeer());
    expect(answer && server.incoming.open(answer).type).toBe(CONTENT.handshake);
    server.incoming.update();
    expect(data && server.incoming.open(data).content.toString()).toBe('under new keys');
    machine.free();
  });

  it('may not change its keys for ever', () => {
    const { machine, server } = established();
    const updates = Array.from({ length: 100 }, () => server.keyUpdate(true));
    expect(refusalOf(machine, Buffer.concat(updates))).toBe('tls_protocol');
  });

  it.each<[string, (server: ScriptedServer) => Buffer[], string]>([
    [
      'dropped',
      (server) => [server.data('a'), server.data('b'), server.data('c')].filter((_, index) => index !== 1),
      'tls_tampered',
    ],
    ['repeated', (server) => [server.data('a')].flatMap((record) => [record, record]), 'tls_tampered'],
    ['put in another order', (server) => [server.data('a'), server.data('b')].reverse(), 'tls_tampered'],
    ['plain', (server) => [server.data('a'), plainRecord(CONTENT.data, Buffer.from('b'))], 'tls_tampered'],
    ['a plain alert', (server) => [server.data('a'), plainRecord(CONTENT.alert, CLOSE_NOTIFY)], 'tls_tampered'],
    [
      'a plain handshake',
      (server) => [server.data('a'), plainRecord(CONTENT.handshake, Buffer.of(0, 0, 0, 0))],
      'tls_tampered',
    ],
    ['too long', () => [plainRecord(CONTENT.data, Buffer.alloc(18_433))], 'tls_protocol'],
    ['of an unknown type', () => [plainRecord(99, Buffer.of(1))], 'tls_protocol'],
    ['of nothing but padding', (server) => [server.outgoing.seal(0, Buffer.alloc(0), 10)], 'tls_protocol'],
    [
      'a second handshake',
      (server) => [server.outgoing.seal(CONTENT.handshake, Buffer.of(2, 0, 0, 0))],
      'tls_protocol',
    ],
    ['a fatal alert', (server) => [server.alert(Buffer.of(2, 80))], 'tls_alert'],
  ])('%s is refused', (_, records, code) => {
    const { machine, server } = established();
    expect(refusalOf(machine, Buffer.concat(records(server)))).toBe(code);
  });

  it('with any one bit changed is refused', () => {
    const { length } = established().server.data('some words');
    for (const at of placesIn(length)) {
      const { machine, server } = established();
      const bytes = Buffer.concat([changed(server.data('some words'), at), server.data('x'.repeat(16_000))]);
      const verdict = refusalOf(machine, bytes);
      if (at >= 5) expect(verdict, `byte ${at}`).toBe('tls_tampered');
      // Of the header only the length matters to rustls: what is inside names its own type, and is what was sealed.
      else expect(verdict, `byte ${at}`).toMatch(at < 3 ? /^tls_|^established$/ : /^tls_/);
    }
  });

  it('is what was sealed, whatever its header says', () => {
    for (const at of [0, 1, 2]) {
      for (let bit = 0; bit < 8; bit += 1) {
        const { machine, server } = established();
        const record = server.data('some words');
        record.writeUInt8(record.readUInt8(at) ^ (1 << bit), at);
        try {
          machine.feed(record);
          expect(textOf(machine)).toBe('some words');
        } catch (error) {
          expect(error).toBeInstanceOf(DialError);
        }
        machine.free();
      }
    }
  });

  it('ends with close_notify and not before', () => {
    const { machine, server } = established();
    machine.feed(server.data('all'));
    expect(machine.hasPeerClosed()).toBe(false);
    machine.feed(server.alert(CLOSE_NOTIFY));
    expect(machine.hasPeerClosed()).toBe(true);
    machine.feed(server.data('and more after it'));
    expect(textOf(machine)).toBe('all');
    machine.send(Buffer.from('still sending'));
    expect(server.incoming.open(Buffer.from(machine.takeForPeer())).content.toString()).toBe('still sending');
    machine.free();
  });
});

describe('the module', () => {
  it('is given up after a trap, and says so to everyone', () => {
    const clock = { nowMs: () => Date.now() };
    const other = rustlsInNode(clock);
    const otherConfig = other.createConfig(withCertificates(new Uint8Array(), [root.der]), []);
    const [first, second] = [otherConfig.connect(HOST, 'tls'), otherConfig.connect(HOST, 'tls')];
    const server = new ScriptedServer(first.takeForPeer(), { identity });
    clock.nowMs = () => {
      throw new Error('The clock stands still.');
    };
    expect(refusalOf(first, server.flight())).toBe('tls_failed');
    expect(other.isBroken()).toBe(true);
    expect(() => second.takeForPeer()).toThrow(DialError);
    expect(() => otherConfig.connect(HOST, 'tls')).toThrow(DialError);
    second.free();
    otherConfig.free();
    expect(rustls.isBroken()).toBe(false);
  });

  it('judges certificates by the clock that it is given', () => {
    const later = rustlsInNode({ nowMs: () => Date.now() + 60 * 86_400_000 });
    const machine = later.createConfig(withCertificates(new Uint8Array(), [root.der]), []).connect(HOST, 'tls');
    const server = new ScriptedServer(machine.takeForPeer(), { identity });
    expect(refusalOf(machine, server.flight())).toBe('tls_expired');
  });

  it('remembers what was signed well and takes nothing else for it', () => {
    established().machine.free();
    const forged = Buffer.from(identity.der);
    // The signature is what a certificate ends with.
    forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
    expect(verdictOn({ identity: { ...identity, der: forged } })).toBe('tls_bad_signature');
    const otherRoot = issue({ name: 'Root', authority: true });
    const wary = rustls.createConfig(withCertificates(new Uint8Array(), [otherRoot.der]), []);
    const machine = wary.connect(HOST, 'tls');
    const server = new ScriptedServer(machine.takeForPeer(), { identity });
    // A root of the same name and another key: the signature is not its.
    expect(refusalOf(machine, server.flight())).toBe('tls_bad_signature');
    wary.free();
    established().machine.free();
  });

  it('remembers so many signatures and no more', () => {
    const identities = Array.from({ length: 80 }, (_, index) =>
      issue({ name: `server ${index}`, issuer: root, hosts: [HOST] }),
    );
    const all = () => {
      for (const each of identities) established({ identity: each }).machine.free();
    };
    all();
    const bytes = rustls.memoryBytes();
    for (let round = 0; round < 5; round += 1) all();
    expect(rustls.memoryBytes()).toBe(bytes);
  });

  it('is no use once its connection is freed', () => {
    const { machine } = established();
    machine.free();
    machine.free();
    expect(() => machine.takePlaintext()).toThrow(DialError);
  });
});
