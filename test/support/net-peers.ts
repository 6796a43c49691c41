import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createKeepingPeer } from './keeping-peer.ts';
import { drip } from './net-drip.ts';
import { createOrigin } from './net-origin.ts';
import { connectProxy, httpProxy, socks4Proxy, socks5Proxy } from './net-proxies.ts';

export interface PeerAddress {
  host: string;
  port: number;
}

export interface NetPeers {
  addresses: Record<string, PeerAddress>;
  close(): Promise<void>;
}

/** Sends a piece again and again until the peer leaves. */
function pour(socket: Socket, piece: string): void {
  while (!socket.destroyed && socket.write(piece));
  socket.once('drain', () => pour(socket, piece));
}

/** Calls back with what the peer said first. */
function afterFirstData(act: (socket: Socket, data: Buffer) => void): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', (data) => act(socket, data));
  };
}

const ok = (body: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;

const GARBAGE = Uint8Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 256);

/** Peers that misbehave at a socket, by what they do. */
const RAW_PEERS: Record<string, (socket: Socket) => void> = {
  silent: (socket) => void socket.resume(),
  closing: (socket) => void socket.end(),
  resetting: (socket) => void socket.resetAndDestroy(),
  closesAfterRequest: afterFirstData((socket) => socket.end()),
  resetsAfterRequest: afterFirstData((socket) => socket.resetAndDestroy()),
  garbage: (socket) => void socket.write(GARBAGE),
  answersDripping: afterFirstData((socket) => drip(socket, Buffer.from(ok('dripped')), () => socket.end())),
  dripsForever: afterFirstData((socket) => drip(socket, Buffer.from(ok('x'.repeat(60_000))))),
  poursBody: afterFirstData((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    pour(socket, 'x'.repeat(16_384));
  }),
  poursHeaders: afterFirstData((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    pour(socket, `X-Header: ${'x'.repeat(1000)}\r\n`);
  }),
  poursExtensions: afterFirstData((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;');
    pour(socket, 'x'.repeat(16_384));
  }),
  cutsBody: afterFirstData((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
  resetsInBody: afterFirstData((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.resetAndDestroy());
  }),
  stopsInBody: afterFirstData((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
  closesUnannounced: afterFirstData((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end')),
  gzips: afterFirstData((socket) => socket.end(ok('\x1f\x8b', 'Content-Encoding: gzip\r\n'))),
  keepsOpen: afterFirstData((socket) => void socket.write(ok('kept open'))),
  answersTooEarly: (socket) => void socket.write(ok('too early')),
  keepsAlive: createKeepingPeer(),
};

async function listen(server: Server): Promise<PeerAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('A peer has no address.');
  return { host: '127.0.0.1', port: address.port };
}

/**
 * Connections to these ports that some process of this machine still holds, by the kernel's own table: sockets that were
 * closed have no inode there. What our own side forgot to close can't be seen from the other side alone.
 */
function countHeld(ports: ReadonlySet<number>): number {
  const rows = readFileSync('/proc/net/tcp', 'latin1').trim().split('\n').slice(1);
  return rows.filter((row) => {
    const [, , remote = '', , , , , , , inode] = row.trim().split(/\s+/);
    return inode !== '0' && ports.has(Number.parseInt(remote.split(':')[1] ?? '', 16));
  }).length;
}

/** A port at which nobody listens: one that was given out and returned. */
/**
 * Nobody listens there (compressnet, long dead). A port that was free a moment ago would be handed out again: whoever got it
 * might take the connection and say nothing.
 */
const CLOSED_PORT = 2;

/**
 * Starts raw peers, proxies and a small origin on loopback. `close` ends them with every socket they hold. All of it is
 * written for tests, by the protocols' texts, without any of the product's code. `census` tells by HTTP how many
 * connections the others accepted, and how many are held by those who opened them.
 */
export async function startNetPeers(): Promise<NetPeers> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const servers: Record<string, Server> = {
    origin: createOrigin(),
    closingOrigin: createOrigin({ announcesClose: true }),
    httpProxy: httpProxy(null),
    httpProxyWithPassword: httpProxy('user:pass:word'),
    connectProxy: connectProxy({}),
    connectProxyWithPassword: connectProxy({ credentials: 'user:pass:word' }),
    connectProxyDripping: connectProxy({ delivery: 'drip' }),
    connectProxyCoalescing: connectProxy({ delivery: 'coalesce' }),
    connectProxySilentTunnel: connectProxy({ tunnel: 'silent' }),
    connectProxyResettingTunnel: connectProxy({ tunnel: 'reset' }),
    connectProxyClosingTunnel: connectProxy({ tunnel: 'close' }),
    connectProxyRefusing: connectProxy({ status: 503 }),
    socks4: socks4Proxy({}),
    socks4WithUser: socks4Proxy({ credentials: 'user' }),
    socks4Dripping: socks4Proxy({ delivery: 'drip' }),
    socks4Coalescing: socks4Proxy({ delivery: 'coalesce' }),
    socks4SilentTunnel: socks4Proxy({ tunnel: 'silent' }),
    socks4Refusing: socks4Proxy({ status: 91 }),
    socks5: socks5Proxy({}),
    socks5WithPassword: socks5Proxy({ credentials: 'user:pass:word' }),
    socks5Dripping: socks5Proxy({ delivery: 'drip' }),
    socks5Coalescing: socks5Proxy({ delivery: 'coalesce' }),
    socks5SilentTunnel: socks5Proxy({ tunnel: 'silent' }),
    socks5ResettingTunnel: socks5Proxy({ tunnel: 'reset' }),
    socks5Refusing: socks5Proxy({ status: 5 }),
  };
  for (const [name, act] of Object.entries(RAW_PEERS)) {
    servers[name] = createServer({ allowHalfOpen: false }, act);
  }
  const addresses: Record<string, PeerAddress> = {};
  for (const [name, server] of Object.entries(servers)) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      accepted += 1;
      // Whoever talks to these peers leaves whenever it likes.
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    });
    addresses[name] = await listen(server);
  }
  addresses.closedPort = { host: '127.0.0.1', port: CLOSED_PORT };
  const census = createHttpServer((_request, answer) => {
    // The census itself is no peer.
    const peers = Object.entries(addresses).filter(([name]) => name !== 'census');
    const ports = new Set(peers.map(([, { port }]) => port));
    answer
      .setHeader('connection', 'close')
      .end(JSON.stringify({ accepted, held: process.platform === 'linux' ? countHeld(ports) : sockets.size }));
  });
  addresses.census = await listen(census);
  return {
    addresses,
    async close() {
      for (const socket of sockets) socket.destroy();
      census.closeAllConnections();
      census.close();
      await Promise.all(Object.values(servers).map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
