import { createHash, randomBytes } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import type { ByteChannel } from '../../../../src/platform/net/connection.ts';
import { Deadline } from '../../../../src/platform/net/deadline.ts';
import { openTls, type TlsConnection } from '../../../../src/platform/net/tls/open-tls.ts';
import type { TlsConfig } from '../../../../src/platform/net/tls/rustls.types.ts';
import { withCertificates } from '../../../../src/platform/net/tls/trust-anchors.ts';
import { issue } from '../../../support/certificates.ts';
import { runs } from '../../../support/full-runs.ts';
import { rustlsInNode } from '../../../support/rustls-in-node.ts';
import { channelTo, converse, failureCode, openTlsTo, readAll } from '../../../support/tls-client.ts';
import { answerOnce, echo, type Serve, startTlsServer, type TlsPeer } from '../../../support/tls-server.ts';

const MIB = 1024 * 1024;
const HOST = 'www.judge.test';
const rustls = rustlsInNode();
const root = issue({ name: 'Root', authority: true });
const identity = issue({ name: 'server', issuer: root, hosts: [HOST] });
const rsaIdentity = issue({ name: 'RSA server', issuer: root, hosts: [HOST], kind: 'RSA-2048' });
const counts = { made: 0, freed: 0 };
const config = counting(rustls.createConfig(withCertificates(new Uint8Array(), [root.der]), ['http/1.1']));

const servers: TlsPeer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** Counts the connections in the module, and that each is freed once. */
function counting(inner: TlsConfig): TlsConfig {
  return {
    connect(serverName, stage) {
      const machine = inner.connect(serverName, stage);
      const free = machine.free.bind(machine);
      counts.made += 1;
      machine.free = () => {
        counts.freed += 1;
        free();
      };
      return machine;
    },
    free: () => inner.free(),
  };
}

async function serve(how: Serve, options: TlsOptions = {}, as = identity): Promise<TlsPeer> {
  const server = await startTlsServer(as, how, options);
  servers.push(server);
  return server;
}

async function openTo(how: Serve, options: TlsOptions = {}, as = identity): Promise<TlsConnection> {
  return openTlsTo(await serve(how, options, as), config, HOST);
}

const words = Buffer.from('words');

describe('TLS over a channel', () => {
  it.each([
    ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3', 0x1303, identity],
    ['TLS_AES_128_GCM_SHA256', 'TLSv1.3', 0x1301, identity],
    ['TLS_AES_256_GCM_SHA384', 'TLSv1.3', 0x1302, rsaIdentity],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2', 0xcca9, identity],
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2', 0xc02b, identity],
    ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2', 0xc02c, identity],
    ['ECDHE-RSA-CHACHA20-POLY1305', 'TLSv1.2', 0xcca8, rsaIdentity],
    ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2', 0xc02f, rsaIdentity],
    ['ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2', 0xc030, rsaIdentity],
  ] as const)('speaks %s', async (ciphers, version, cipherSuite, as) => {
    const connection = await openTo(answerOnce, { ciphers, minVersion: version, maxVersion: version }, as);
    expect([connection.version, connection.cipherSuite]).toEqual([version, cipherSuite]);
    expect(String(await converse(connection, words))).toBe('You said: words');
  });

  it('is ChaCha20’s when the server leaves it to the client', async () => {
    const connection = await openTo(answerOnce, { honorCipherOrder: false });
    expect(connection.cipherSuite).toBe(0x1303);
    connection.cancel();
  });

  it.each<[string, TlsOptions]>([
    ['asks for a key exchange that was not begun (HelloRetryRequest)', { ecdhCurve: 'P-384' }],
    ['the same, with the other curve', { ecdhCurve: 'P-256' }],
    ['asks for a certificate, and takes none', { requestCert: true, rejectUnauthorized: false }],
    ['the same in TLS 1.2', { requestCert: true, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }],
    ['knows TLS 1.2 only', { maxVersion: 'TLSv1.2' }],
    ['sends no tickets', { sessionTimeout: 1, secureOptions: 0x4000 }],
  ])('opens to a server that %s', async (_, options) => {
    expect(String(await converse(await openTo(answerOnce, options), words))).toBe('You said: words');
  });

  it('sends the name, and agrees on a protocol', async () => {
    const server = await serve(answerOnce, { ALPNProtocols: ['h2', 'http/1.1'] });
    const connection = await openTlsTo(server, config, HOST);
    await converse(connection, words);
    expect([connection.alpn, server.names]).toEqual(['http/1.1', [HOST]]);
    const other = await serve(answerOnce, { ALPNProtocols: ['h2'] });
    expect(await failureCode(openTlsTo(other, config, HOST))).toBe('tls_alert');
  });

  it('ends its handshake in the write that carries the first words', async () => {
    const { channel } = channelTo(await serve(answerOnce));
    const writes: number[] = [];
    const counted: ByteChannel = {
      ...channel,
      write(bytes, deadline) {
        writes.push(bytes.byteLength);
        return channel.write(bytes, deadline);
      },
    };
    const deadline = new Deadline('tls', 20_000);
    const connection = await openTls(counted, { serverName: HOST, config, deadline });
    deadline.clear();
    expect(writes).toHaveLength(1);
    await connection.write(words);
    expect(writes).toHaveLength(2);
    expect(String(await readAll(connection))).toBe('You said: words');
    connection.cancel();
  });

  it.each(['TLSv1.3', 'TLSv1.2'] as const)('hears a server that speaks first, by %s', async (maxVersion) => {
    // Node says no goodbye from within its handshake.
    const greet: Serve = (socket) => void setImmediate(() => socket.end('hello'));
    const connection = await openTo(greet, { maxVersion });
    expect(String(await readAll(connection))).toBe('hello');
    connection.cancel();
  });

  it('ends its handshake even when it only leaves', async () => {
    const told = new Promise<string>((resolve) => {
      const server = serve((socket) => socket.on('end', () => resolve('goodbye')).resume());
      void server.then(async (address) => (await openTlsTo(address, config, HOST)).cancel());
    });
    expect(await told).toBe('goodbye');
  });

  it('refuses a name that is none before a byte is sent', async () => {
    const server = await serve(answerOnce);
    for (const name of ['', 'not a name', '-', 'a..b', '[::1]']) {
      expect(await failureCode(openTlsTo(server, config, name))).toBe('tls_wrong_name');
    }
  });

  it.each([
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
    ['no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    ['an unknown curve', { ecdhCurve: 'P-521' }],
  ] as const)('refuses a server that knows only %s', async (_, options) => {
    expect(await failureCode(openTo(answerOnce, options, rsaIdentity))).toBe('tls_alert');
  });
});

describe('data through TLS', () => {
  const down = randomBytes(10 * MIB);
  const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  it.each(['TLSv1.3', 'TLSv1.2'] as const)('brings 10 MiB down whole, by %s', async (maxVersion) => {
    const connection = await openTo((socket) => socket.end(down), { maxVersion });
    expect(digestOf(await readAll(connection))).toBe(digestOf(down));
    await connection.finish();
  });

  it('brings 5 MiB up and back while both go on', async () => {
    const connection = await openTo(echo);
    const up = down.subarray(0, 5 * MIB);
    const written = connection.write(up).then(() => connection.finish());
    expect(digestOf(await readAll(connection))).toBe(digestOf(up));
    await written;
  });

  it('keeps the order of 3,000 small pieces each way', async () => {
    const connection = await openTo(echo);
    const pieces = Array.from({ length: 3_000 }, (_, index) => `${index};`);
    const written = (async () => {
      for (const piece of pieces) await connection.write(Buffer.from(piece));
      await connection.finish();
    })();
    expect(String(await readAll(connection))).toBe(pieces.join(''));
    await written;
  });

  it('stays open for reading when only writing has ended', async () => {
    const connection = await openTo(
      (socket) => {
        let heard = '';
        socket.on('data', (piece) => {
          heard += piece;
        });
        socket.on('end', () => socket.end(`after your goodbye: ${heard}`));
      },
      { allowHalfOpen: true } as TlsOptions,
    );
    await connection.write(words);
    await connection.finish();
    expect(String(await readAll(connection))).toBe('after your goodbye: words');
  });

  it('takes from the channel no more than is read', async () => {
    let sent = 0;
    const connection = await openTo((socket, raw) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(down.subarray(0, 64 * 1024)));
        sent = raw.bytesWritten;
        socket.once('drain', more);
      };
      more();
    });
    await connection.read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What the kernel's buffers hold on loopback, not the endless rest.
    const before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sent).toBe(before);
    expect(sent).toBeLessThan(16 * MIB);
    connection.cancel();
  });
});

describe('a connection in the module', () => {
  it('is freed once, however it ends', async () => {
    const ways: [string, () => Promise<unknown>][] = [
      ['in order', async () => converse(await openTo(answerOnce), words)],
      ['cancelled', async () => (await openTo(answerOnce)).cancel()],
      [
        'cancelled twice',
        async () => {
          const connection = await openTo(answerOnce);
          connection.cancel();
          connection.cancel();
        },
      ],
      ['cut off', async () => readAll(await openTo((_, raw) => raw.end()))],
      ['reset', async () => readAll(await openTo((_, raw) => raw.resetAndDestroy()))],
      ['refused', () => openTo(answerOnce, {}, issue({ name: 'other', hosts: [HOST] }))],
      ['left by the server', () => openTo(answerOnce, { ALPNProtocols: ['h2'] })],
    ];
    for (const [name, way] of ways) {
      const before = counts.made;
      await way().catch(() => {});
      expect([name, counts.made - before, counts.freed]).toEqual([name, 1, counts.made]);
    }
  });

  it('is freed at its deadline, and the channel closed', async () => {
    const server = await serve(answerOnce);
    const { channel, socket } = channelTo(server);
    const silent = { ...channel, write: async () => {} };
    const deadline = new Deadline('tls', 50);
    expect(await failureCode(openTls(silent, { serverName: HOST, config, deadline }))).toBe('tls_timeout');
    expect(counts.freed).toBe(counts.made);
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
  });

  it('leaves nothing behind, thousands of times', async () => {
    const server = await serve(answerOnce);
    const impostor = await serve(answerOnce, {}, issue({ name: 'other', hosts: [HOST] }));
    const handshake = async (index: number): Promise<void> => {
      if (index % 4 === 3) await failureCode(openTlsTo(impostor, config, HOST));
      else await converse(await openTlsTo(server, config, HOST), words);
    };
    for (let index = 0; index < 100; index += 1) await handshake(index);
    const bytes = rustls.memoryBytes();
    const count = runs({ usual: 300, full: 3_000 });
    for (let index = 0; index < count; index += 1) await handshake(index);
    expect(rustls.memoryBytes()).toBe(bytes);
    expect(counts.freed).toBe(counts.made);
  });
});
