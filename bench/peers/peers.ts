import { once } from 'node:events';
import { Agent, createServer, type Server as HttpServer, type IncomingMessage, request } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { createApiTarget } from './api-target.ts';

// Proxies for the checks' bench and a target for the gateway's, in a process of their own so that they don't share a core's
// time with who measures. The proxies are cheaper than the lab's, and each says as the edge would whose address the judge sees.

export type PeerKind = 'good' | 'silent' | 'dead' | 'target';
export type PeerCounts = Partial<Record<PeerKind, number>>;

/** Ports on 127.0.0.1. */
export type PeerPorts = Record<PeerKind, number[]>;

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'proxy-connection']);
// workerd closes what is idle for 5 s; a request must not meet that.
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 1_000 });

function endToEnd({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !HOP_BY_HOP.has(name.toLowerCase()) ? [name, rawHeaders[index + 1] ?? ''] : [],
  );
}

/** Forwards absolute-form requests. */
function createGoodProxy(): HttpServer {
  return createServer((incoming, answer) => {
    const { hostname, port, pathname, search } = new URL(incoming.url ?? '');
    const headers = [...endToEnd(incoming), 'CF-Connecting-IP', '127.0.0.1'];
    const outgoing = request({ host: hostname, port, path: pathname + search, headers, agent }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, endToEnd(reply));
      reply.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    outgoing.end();
  });
}

/** Accepts, reads and never says anything. */
function createSilentProxy(): Server {
  return createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
  });
}

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

function listenAll(count: number | undefined, create: () => Server) {
  return Promise.all(Array.from({ length: count ?? 0 }, () => listen(create())));
}

async function main(): Promise<void> {
  const counts: PeerCounts = JSON.parse(process.argv[2] ?? '{}');
  const good = await listenAll(counts.good, createGoodProxy);
  const silent = await listenAll(counts.silent, createSilentProxy);
  const targets = await listenAll(counts.target, createApiTarget);
  const dead = await listenAll(counts.dead, () => createTcpServer());
  // Last, so that no other server was given the port of a dead one.
  for (const { server } of dead) server.close();
  const portsOf = (servers: typeof good) => servers.map(({ port }) => port);
  const ports: PeerPorts = {
    good: portsOf(good),
    silent: portsOf(silent),
    dead: portsOf(dead),
    target: portsOf(targets),
  };
  process.on('disconnect', () => process.exit(0));
  process.send?.(ports);
}

await main();
