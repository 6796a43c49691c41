import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabAnonymity, LabLogin } from './lab-proxy.ts';
import { connectFrom, joinSockets, loopbackAddress, parseAuthority, TargetRefusedError } from './loopback-target.ts';

/** Headers that end at this hop (RFC 9110 §7.6.1), and the ones meant for the proxy itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface HttpProxyOptions {
  exitAddress: string;
  anonymity?: LabAnonymity;
  /** Absolute-form requests are forwarded; else they get 405. */
  forward?: boolean;
  /** CONNECT is answered; else 405. */
  tunnel?: boolean;
  /** CONNECT to other ports gets 403, as Squid does by default. */
  onlyPort?: number | undefined;
  login?: LabLogin | undefined;
  delayMs?: number | undefined;
}

/** Hop-by-hop headers removed, names and order kept. */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''];
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** Sends an absolute-form request on from `exitAddress`. Rejects when the target is refused or fails. */
export function forwardRequest(
  incoming: IncomingMessage,
  exitAddress: string,
  addedHeaders: readonly string[] = [],
): Promise<IncomingMessage> {
  const url = URL.canParse(incoming.url ?? '') ? new URL(incoming.url ?? '') : null;
  if (url?.protocol !== 'http:')
    return Promise.reject(new TargetRefusedError('Only absolute http: URLs are forwarded.'));
  const host = loopbackAddress(url.hostname);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host,
      port: url.port || 80,
      method: incoming.method,
      path: url.pathname + url.search,
      headers: [...endToEndHeaders(incoming.rawHeaders), ...addedHeaders],
      localAddress: exitAddress,
      agent: false,
    });
    outgoing.once('error', reject);
    outgoing.once('response', resolve);
    incoming.once('close', () => {
      if (!incoming.complete) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  });
}

function addedHeaders(incoming: IncomingMessage, anonymity: LabAnonymity): string[] {
  if (anonymity === 'elite') return [];
  const via = ['Via', '1.1 switchyard-lab'];
  return anonymity === 'anonymous' ? via : [...via, 'X-Forwarded-For', incoming.socket.remoteAddress ?? ''];
}

/** The status with which a proxy answers what it could not do. */
function failureStatus(error: unknown): { status: number; text: string } {
  return error instanceof TargetRefusedError
    ? { status: 403, text: 'Forbidden' }
    : { status: 502, text: 'Bad Gateway' };
}

/** True when nobody is asked for a password, or the right one was given. */
export function isAuthorized(incoming: IncomingMessage, login: LabLogin | undefined): boolean {
  if (!login) return true;
  const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  return incoming.headers['proxy-authorization'] === expected;
}

async function answerRequest(incoming: IncomingMessage, answer: ServerResponse, options: HttpProxyOptions) {
  if (!isAuthorized(incoming, options.login)) {
    answer
      .writeHead(407, { 'proxy-authenticate': 'Basic realm="lab"', connection: 'close' })
      .end('Proxy password wanted.\n');
    return;
  }
  if (!options.forward) {
    answer.writeHead(405, { connection: 'close' }).end('This proxy only tunnels.\n');
    return;
  }
  try {
    await delay(options.delayMs ?? 0, undefined, { ref: false });
    const upstream = await forwardRequest(
      incoming,
      options.exitAddress,
      addedHeaders(incoming, options.anonymity ?? 'elite'),
    );
    answer.writeHead(upstream.statusCode ?? 502, upstream.statusMessage, endToEndHeaders(upstream.rawHeaders));
    upstream.once('error', () => answer.destroy());
    answer.once('close', () => upstream.destroy());
    upstream.pipe(answer);
  } catch (error) {
    const { status, text } = failureStatus(error);
    if (!answer.destroyed) answer.writeHead(status, { connection: 'close' }).end(`${text}\n`);
  }
}

/** Answers a CONNECT that won't be served. */
function refuseTunnel(client: Socket, status: number, text: string, header = ''): void {
  client.end(`HTTP/1.1 ${status} ${text}\r\n${header}Content-Length: 0\r\nConnection: close\r\n\r\n`);
}

async function answerConnect(incoming: IncomingMessage, client: Socket, head: Buffer, options: HttpProxyOptions) {
  if (!isAuthorized(incoming, options.login)) {
    refuseTunnel(client, 407, 'Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="lab"\r\n');
    return;
  }
  if (!options.tunnel) {
    refuseTunnel(client, 405, 'Method Not Allowed');
    return;
  }
  try {
    const target = parseAuthority(incoming.url ?? '');
    if (options.onlyPort !== undefined && target.port !== options.onlyPort) {
      throw new TargetRefusedError(`Only port ${options.onlyPort} is allowed.`);
    }
    await delay(options.delayMs ?? 0, undefined, { ref: false });
    const upstream = await connectFrom(options.exitAddress, target);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    joinSockets(client, upstream);
  } catch (error) {
    const { status, text } = failureStatus(error);
    refuseTunnel(client, status, text);
  }
}

/** An honest HTTP proxy: absolute-form requests, CONNECT, or both. Not listening yet. */
export function createHttpProxy(options: HttpProxyOptions): Server {
  const server = createServer((incoming, answer) => {
    void answerRequest(incoming, answer, options);
  });
  server.on('connect', (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    void answerConnect(incoming, client, head, options);
  });
  return server;
}
