import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ServerIdentity } from './lab/certificate.ts';
import { type OpenServer, openServer, type ServerLimits } from './lab/tcp-server.ts';

export interface EdgeOptions {
  /** Where clients and the lab's proxies come; 0 takes a free port. */
  port: number;
  /** Where the Worker listens, on 127.0.0.1. */
  workerPort: number;
  /** Speaks TLS with this certificate; plain HTTP without. */
  identity?: ServerIdentity;
  /** 127.0.0.1 unless said. */
  address?: string;
}

/** Room for a feed's listeners; a forward may be in line for five minutes before a byte of its answer comes. */
export const EDGE_LIMITS: ServerLimits = { maxConnections: 4_096, idleMs: 6 * 60_000 };

/** Headers that the edge sets itself, whatever the client says. */
const OVERWRITTEN = new Set([
  'cf-connecting-ip',
  'cf-ray',
  'cf-visitor',
  'cdn-loop',
  'x-forwarded-proto',
  'x-forwarded-for',
]);

/** What the Worker receives for a request: the edge's own headers, everything else as it came. */
export function edgeHeaders(
  rawHeaders: readonly string[],
  peerAddress: string,
  isUpgrade: boolean,
  scheme: 'http' | 'https' = 'http',
): string[] {
  const headers: string[] = [];
  let forwardedFor = '';
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''];
    const lowerName = name.toLowerCase();
    if (lowerName === 'x-forwarded-for') forwardedFor += `${value}, `;
    const isHop = lowerName === 'connection' || lowerName === 'keep-alive';
    if (!OVERWRITTEN.has(lowerName) && (isUpgrade || !isHop)) headers.push(name, value);
  }
  headers.push('X-Forwarded-For', forwardedFor + peerAddress);
  headers.push('CF-Connecting-IP', peerAddress);
  headers.push('CF-Ray', `${randomBytes(8).toString('hex')}-LAB`);
  headers.push('CF-Visitor', `{"scheme":"${scheme}"}`);
  headers.push('X-Forwarded-Proto', scheme);
  headers.push('CDN-Loop', 'cloudflare; loops=1');
  return headers;
}

function toWorker(incoming: IncomingMessage, workerPort: number, isUpgrade: boolean) {
  const peerAddress = incoming.socket.remoteAddress ?? '';
  return request({
    host: '127.0.0.1',
    port: workerPort,
    method: incoming.method,
    path: incoming.url,
    headers: edgeHeaders(
      incoming.rawHeaders,
      peerAddress,
      isUpgrade,
      'encrypted' in incoming.socket ? 'https' : 'http',
    ),
    agent: false,
  });
}

function withoutHopHeaders(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_item, index) => {
    const name = rawHeaders[index - (index % 2)]?.toLowerCase();
    return name !== 'connection' && name !== 'keep-alive' && name !== 'transfer-encoding';
  });
}

function serveRequest(incoming: IncomingMessage, answer: ServerResponse, workerPort: number): void {
  // The real edge keeps these paths to itself; behind this one they would trigger crons.
  if (incoming.url?.startsWith('/cdn-cgi/')) {
    answer.writeHead(404, { 'content-type': 'text/plain' }).end('Not found.\n');
    return;
  }
  const outgoing = toWorker(incoming, workerPort, false);
  outgoing.once('response', (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.statusMessage, withoutHopHeaders(reply.rawHeaders));
    answer.flushHeaders();
    reply.once('error', () => answer.destroy());
    reply.pipe(answer);
  });
  outgoing.on('error', () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502, { 'content-type': 'text/plain' }).end('The Worker is not up.\n');
  });
  answer.once('close', () => outgoing.destroy());
  // A body may come late: the Worker hears of the request now, as behind the real edge.
  if ('content-length' in incoming.headers || 'transfer-encoding' in incoming.headers) outgoing.flushHeaders();
  incoming.pipe(outgoing);
}

function writeHead(socket: Duplex, reply: IncomingMessage): void {
  const lines = [`HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}`];
  for (let index = 0; index + 1 < reply.rawHeaders.length; index += 2) {
    lines.push(`${reply.rawHeaders[index]}: ${reply.rawHeaders[index + 1]}`);
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

function serveUpgrade(incoming: IncomingMessage, client: Duplex, head: Buffer, workerPort: number): void {
  const outgoing = toWorker(incoming, workerPort, true);
  client.on('error', () => outgoing.destroy());
  client.once('close', () => outgoing.destroy());
  outgoing.once('upgrade', (reply, upstream, upstreamHead) => {
    writeHead(client, reply);
    client.write(upstreamHead);
    upstream.write(head);
    upstream.on('error', () => client.destroy());
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  outgoing.once('response', (reply) => {
    // Refused: the answer is passed on, and the connection ends with it.
    client.write(`HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}\r\nConnection: close\r\n`);
    const headers = withoutHopHeaders(reply.rawHeaders);
    for (let index = 0; index + 1 < headers.length; index += 2) {
      client.write(`${headers[index]}: ${headers[index + 1]}\r\n`);
    }
    client.write('\r\n');
    reply.pipe(client);
  });
  outgoing.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
  outgoing.end();
}

/** Stands in for the platform's edge: says truthfully whose address the caller has, and passes all else through. */
export function startEdge(options: EdgeOptions): Promise<OpenServer> {
  const { identity } = options;
  const serve = (incoming: IncomingMessage, answer: ServerResponse) =>
    serveRequest(incoming, answer, options.workerPort);
  const server = identity
    ? createTlsServer({ ...identity, requestTimeout: 0 }, serve)
    : createServer({ requestTimeout: 0 }, serve);
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    serveUpgrade(incoming, client, head, options.workerPort);
  });
  return openServer(server, { address: options.address ?? '127.0.0.1', port: options.port }, EDGE_LIMITS);
}
