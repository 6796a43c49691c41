import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createHttpProxy } from '../../dev/lab/http-proxy.ts';
import { listenAsPeer } from './listening-peer.ts';
import { connectProxy, socks4Proxy, socks5Proxy } from './net-proxies.ts';
import { createRawProxy, type RawRequest } from './raw-proxy.ts';

/** Proxies that leave by an address of their own each, so that a target sees who came. */
const EXITS = 6;
const exitAddress = (index: number) => `127.0.20.${index + 1}`;

/** Credentials that the proxies with a password want. */
export const ROUTING_LOGIN = { username: 'routing', password: 'routing-password' };

export interface RoutingAddresses {
  /** Of the target behind them. */
  origin: string;
  /** `scheme://host:port` of proxies that work. */
  good: string[];
  /** The same with a password, by protocol. */
  locked: { http: string; https: string; socks4: string; socks5: string };
  /** Proxies by what they do wrong. */
  bad: Record<string, string>;
  /** One that keeps what it is sent, for `/raw` of the target to show. */
  raw: string;
}

/** A request as the target saw it. */
export interface Arrival {
  from: string;
  atMs: number;
  method: string;
  url: string;
  headers: string[];
  bodyBytes: number;
}

async function bytesIn(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What the target answers, by the first part of the path; what follows is its argument. */
const answers: Record<string, (argument: string, response: ServerResponse, arrival: Arrival) => void> = {
  echo: (_, response, arrival) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(arrival)),
  status: (code, response) => void response.writeHead(Number(code), { 'x-upstream': 'yes' }).end('the answer'),
  bytes: (count, response) => void response.setHeader('content-length', count).end(Buffer.alloc(Number(count), 'b')),
  gzip: (_, response) =>
    void response
      .setHeader('content-encoding', 'gzip')
      .end(Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64')),
  redirect: (_, response) => void response.writeHead(302, { location: 'http://elsewhere.example/' }).end(),
  hints(_, response) {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('after hints');
  },
  hang: () => undefined,
  /** A piece, then whatever the test waits for, then the rest. */
  pieces(_, response) {
    response.write('first,');
    setTimeout(() => response.end('last'), 300);
  },
  endless(_, response) {
    const timer = setInterval(() => response.write('more '), 50);
    response.on('close', () => clearInterval(timer));
  },
};

function createOrigin(rawRequests: () => RawRequest[]) {
  const arrivals: Arrival[] = [];
  let open = 0;
  const server = createServer(async (request, response) => {
    const url = request.url ?? '';
    if (url === '/arrivals') return void response.end(JSON.stringify({ arrivals, open }));
    if (url.startsWith('/header/')) {
      const [, , name = '', value = ''] = url.split('/');
      return void response.setHeader(name, Buffer.from(value, 'base64url').toString('latin1')).end();
    }
    if (url === '/raw') return void response.end(JSON.stringify({ requests: rawRequests() }));
    const atMs = performance.now();
    open += 1;
    response.on('close', () => {
      open -= 1;
    });
    const { method = '', rawHeaders: headers } = request;
    const body = await bytesIn(request).catch(() => Buffer.alloc(0));
    const arrival = {
      from: request.socket.remoteAddress ?? '',
      atMs,
      method,
      url,
      headers,
      bodyBytes: body.byteLength,
    };
    arrivals.push(arrival);
    const [, name = '', argument = ''] = url.split(/[/?]/);
    const answer = answers[name];
    if (answer) answer(argument, response, arrival);
    else response.writeHead(404).end();
  });
  return server;
}

/** Reads a request's head, then does something to the connection. */
function afterHead(act: (socket: Socket) => void) {
  return createTcpServer((socket) => {
    let head = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      const hadHead = head.includes('\r\n\r\n');
      head += data.toString('latin1');
      if (!hadHead && head.includes('\r\n\r\n')) act(socket);
    });
  });
}

/** Each is asked by an http proxy's absolute-form. */
const misbehaviours: Record<string, (socket: Socket) => void> = {
  resetBeforeHead: (socket) => socket.resetAndDestroy(),
  closedBeforeHead: (socket) => socket.end(),
  resetAfterHead(socket) {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of', () =>
      setTimeout(() => socket.resetAndDestroy(), 50),
    );
  },
  truncated: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it'),
  truncatedChunks: (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
  untilClose: (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'),
  noContent: (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'),
  garbage: (socket) => socket.end('\u0000\u0001 not http at all \r\n\r\n'),
  twoLengths: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'),
  wantsPassword: (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'),
  limited: (socket) => socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nslow'),
  badGateway: (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad'),
  strangeStatus: (socket) => socket.end('HTTP/1.1 777 What\r\nContent-Length: 0\r\n\r\n'),
  hang: () => undefined,
  stopsReading: (socket) => socket.pause(),
};

/** Starts a target and proxies before it. */
export async function startRoutingPeers(): Promise<{ addresses: RoutingAddresses; close(): Promise<void> }> {
  const peers: { close(): Promise<void> }[] = [];
  const listen = async (scheme: string, server: Parameters<typeof listenAsPeer>[0]): Promise<string> => {
    const peer = await listenAsPeer(server);
    peers.push(peer);
    return `${scheme}://127.0.0.1:${peer.port}`;
  };
  const good: string[] = [];
  for (let index = 0; index < EXITS; index += 1) {
    const options = { exitAddress: exitAddress(index), forward: true, tunnel: true, login: undefined };
    good.push(await listen('http', createHttpProxy(options)));
  }
  const { username, password } = ROUTING_LOGIN;
  const credentials = `${username}:${password}`;
  const locked = {
    http: await listen('http', createHttpProxy({ exitAddress: '127.0.20.20', forward: true, login: ROUTING_LOGIN })),
    https: await listen('https', connectProxy({ credentials })),
    socks4: await listen('socks4', socks4Proxy({ credentials: username })),
    socks5: await listen('socks5', socks5Proxy({ credentials })),
  };
  const bad: Record<string, string> = {};
  for (const [name, act] of Object.entries(misbehaviours)) bad[name] = await listen('http', afterHead(act));
  const gone = await listenAsPeer(createTcpServer());
  await gone.close();
  // At an address where nobody else listens: its port may be another test's by now.
  bad.refused = `http://127.0.20.99:${gone.port}`;
  const rawProxy = createRawProxy();
  const raw = await listen('http', rawProxy.server);
  const origin = await listen('http', createOrigin(rawProxy.requests));
  return {
    addresses: { origin, good, locked, bad, raw },
    async close() {
      await Promise.all(peers.map((peer) => peer.close()));
    },
  };
}
