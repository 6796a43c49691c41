import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LabProxy } from '../../dev/lab/lab-proxy.ts';

/** What an origin saw, sent back as JSON. */
export interface Seen {
  address: string;
  headers: Record<string, string>;
  path: string;
}

export interface Origin {
  port: number;
  close(): void;
}

/** An origin on 127.0.0.1 that tells each caller what it saw of it. */
export async function startOrigin(): Promise<Origin> {
  const server = createServer((incoming, answer) => {
    const seen = { address: incoming.socket.remoteAddress, headers: incoming.headers, path: incoming.url };
    answer.setHeader('connection', 'close');
    answer.end(JSON.stringify(seen));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface Answer {
  status: number;
  body: string;
}

function login(proxy: LabProxy): Record<string, string> {
  if (proxy.username === undefined) return {};
  const basic = Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64');
  return { 'proxy-authorization': `Basic ${basic}` };
}

/** A GET in absolute form through an HTTP proxy. */
export async function getThroughHttp(proxy: LabProxy, url: string, headers = login(proxy)): Promise<Answer> {
  const outgoing = request({
    host: proxy.address,
    port: proxy.port,
    path: url,
    headers: { host: new URL(url).host, ...headers },
    agent: false,
  });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode ?? 0, body: await text(incoming) };
}

/** Opens a tunnel by CONNECT; the socket is at the start of the tunnel when `status` is 200. */
export async function openTunnel(
  proxy: LabProxy,
  authority: string,
  headers = login(proxy),
): Promise<{ status: number; socket: Socket }> {
  const outgoing = request({
    host: proxy.address,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers,
    agent: false,
  });
  outgoing.end();
  const [incoming, socket] = (await once(outgoing, 'connect')) as [IncomingMessage, Socket];
  return { status: incoming.statusCode ?? 0, socket };
}

/** The next `count` bytes of a handshake; fails when the peer ends first. */
async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(count);
    if (bytes?.length === count) return bytes;
    if (socket.readableEnded) throw new Error('The proxy ended the handshake.');
    await Promise.race([once(socket, 'readable'), once(socket, 'end')]);
  }
}

async function openSocket(proxy: LabProxy): Promise<Socket> {
  const socket = connect(proxy.port, proxy.address);
  await once(socket, 'connect');
  return socket;
}

function portBytes(port: number): [number, number] {
  return [port >> 8, port & 0xff];
}

/** SOCKS4, or 4a when `host` is a name. The reply's code, and the tunnel. */
export async function openSocks4(proxy: LabProxy, host: string, port: number) {
  const socket = await openSocket(proxy);
  const isName = /[a-z]/.test(host);
  const address = isName ? [0, 0, 0, 1] : host.split('.').map(Number);
  socket.write(Buffer.from([4, 1, ...portBytes(port), ...address, 0, ...(isName ? Buffer.from(`${host}\0`) : [])]));
  return { code: (await readBytes(socket, 8))[1], socket };
}

/** SOCKS5 with the proxy's own login, or the one given. The reply's code, and the tunnel. */
export async function openSocks5(proxy: LabProxy, host: string, port: number, password = proxy.password) {
  const socket = await openSocket(proxy);
  const method = proxy.username === undefined ? 0 : 2;
  socket.write(Buffer.from([5, 1, method]));
  const chosen = (await readBytes(socket, 2))[1];
  if (chosen === 0xff) return { code: chosen, socket };
  if (proxy.username !== undefined) {
    const [user, secret] = [Buffer.from(proxy.username), Buffer.from(password ?? '')];
    socket.write(Buffer.from([1, user.length, ...user, secret.length, ...secret]));
    if ((await readBytes(socket, 2))[1] !== 0) return { code: 0xff, socket };
  }
  const name = Buffer.from(host);
  socket.write(Buffer.from([5, 1, 0, 3, name.length, ...name, ...portBytes(port)]));
  return { code: (await readBytes(socket, 10))[1], socket };
}

/** A GET inside an open tunnel. */
export async function getInside(socket: Socket, path = '/'): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n`);
  return (await text(socket)).split('\r\n\r\n').slice(1).join('\r\n\r\n');
}

/** The first JSON object in a body, which may be chunked. */
export function parseSeen(body: string): Seen {
  return JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) as Seen;
}
