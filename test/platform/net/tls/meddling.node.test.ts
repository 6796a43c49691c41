import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withCertificates } from '../../../../src/platform/net/tls/trust-anchors.ts';
import { issue } from '../../../support/certificates.ts';
import { runs } from '../../../support/full-runs.ts';
import { rustlsInNode } from '../../../support/rustls-in-node.ts';
import { failureCode, openTlsTo } from '../../../support/tls-client.ts';
import { type Meddle, startMeddler } from '../../../support/tls-meddler.ts';
import { startTlsServer, type TlsPeer } from '../../../support/tls-server.ts';

/** Real servers (OpenSSL), and someone on the way who changes what they say. */

const HOST = 'www.judge.test';
const WORDS = 'what the server says, in one record';
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

/** Where a record is missing both sides wait for the other: long enough for a handshake, short enough for a test. */
const PATIENCE_MS = 400;
const UNDISTURBED_MS = 20_000;

const root = issue({ name: 'Root', authority: true });
const config = rustlsInNode().createConfig(withCertificates(new Uint8Array(), [root.der]), []);
const servers = new Map<string, TlsPeer>();

beforeAll(async () => {
  for (const maxVersion of VERSIONS) {
    const identity = issue({ name: 'server', issuer: root, hosts: [HOST] });
    const sayWords = (socket: { write(words: string): void; end(words: string): void }): void => {
      socket.write(WORDS);
      socket.end('and bye');
    };
    servers.set(maxVersion, await startTlsServer(identity, sayWords, { maxVersion }));
  }
});
afterAll(async () => {
  for (const server of servers.values()) await server.close();
});

/** What a client makes of it: everything that it read to a clean end, or the failure after what it had read. */
async function outcome(
  version: string,
  meddle: Meddle,
  handshakeMs = PATIENCE_MS,
): Promise<{ failure: string; read: string }> {
  const server = servers.get(version);
  if (!server) throw new Error('There is no such server.');
  const meddler = await startMeddler(server, meddle);
  let read = '';
  const failure = await failureCode(
    openTlsTo(meddler, config, HOST, handshakeMs).then(async (connection) => {
      for (let piece = await connection.read(); piece; piece = await connection.read()) read += Buffer.from(piece);
      await connection.finish();
      return 'a clean end';
    }),
  );
  await meddler.close();
  return { failure, read };
}

/** The records of an undisturbed connection. */
async function recordsFrom(version: string): Promise<Buffer[]> {
  const records: Buffer[] = [];
  const { failure, read } = await outcome(
    version,
    (record) => {
      records.push(record);
      return [record];
    },
    UNDISTURBED_MS,
  );
  expect([failure, read]).toEqual(['no failure: a clean end', `${WORDS}and bye`]);
  return records;
}

describe.each(VERSIONS)('someone between us and a server of %s', (version) => {
  it('who turns any one bit is found out, and nothing false is read', async () => {
    const lengths = (await recordsFrom(version)).map(({ length }) => length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const stride = runs({ usual: 13, full: 1 });
    for (let place = 0; place < total; place += stride) {
      let begin = 0;
      let inRecord = 0;
      const { failure, read } = await outcome(version, (record) => {
        const at = place - begin;
        begin += record.length;
        if (at < 0 || at >= record.length) return [record];
        inRecord = at;
        record.writeUInt8(record.readUInt8(at) ^ (1 << (place % 8)), at);
        return [record];
      });
      expect(`${WORDS}and bye`.startsWith(read), `byte ${place} read ${read}`).toBe(true);
      // The first bytes of a header mean little; what is sealed inside is what counts.
      if (inRecord >= 3) expect(failure, `byte ${place}`).toMatch(/^tls_|ConnectionLost/);
    }
  });

  it('who drops, repeats, cuts short or cuts off any record is found out', async () => {
    const { length } = await recordsFrom(version);
    expect(length).toBeGreaterThanOrEqual(6);
    const tricks: Record<string, (record: Buffer) => readonly Buffer[] | null> = {
      drops: () => [],
      repeats: (record) => [record, record],
      shortens: (record) => [record.subarray(0, -1)],
      cuts: () => null,
    };
    for (const [name, trick] of Object.entries(tricks)) {
      for (let target = 0; target < length; target += 1) {
        let type = 0;
        const { failure, read } = await outcome(version, (record, index) => {
          if (index !== target) return [record];
          type = record.readUInt8(0);
          return trick(record);
        });
        expect(`${WORDS}and bye`.startsWith(read), `${name} ${target}: ${read}`).toBe(true);
        // TLS 1.3 sends this record for old middle boxes only; it means nothing. After close_notify nothing counts.
        const isIdle = (version === 'TLSv1.3' && type === 20) || (name === 'repeats' && target === length - 1);
        if (!isIdle) expect(failure, `${name} ${target}`).toMatch(/^tls_|ConnectionLost/);
      }
    }
  });

  it('who puts something of their own after any record is found out', async () => {
    const { length } = await recordsFrom(version);
    const data = Buffer.concat([Buffer.of(23, 3, 3, 0, 5), Buffer.from('false')]);
    for (let target = 0; target < length - 1; target += 1) {
      const { failure, read } = await outcome(version, (record, index) =>
        index === target ? [record, data] : [record],
      );
      expect(`${WORDS}and bye`.startsWith(read), `${target}: ${read}`).toBe(true);
      expect(failure, `${target}`).toMatch(/^tls_|ConnectionLost/);
    }
  });
});

describe('an answer that is cut off', () => {
  it.each(VERSIONS)('without close_notify is told from one that ended, in %s', async (version) => {
    const { length } = await recordsFrom(version);
    const cut = await outcome(version, (record, index) => (index === length - 1 ? null : [record]));
    expect(cut).toEqual({ failure: 'tls_truncated', read: `${WORDS}and bye` });
  });
});
