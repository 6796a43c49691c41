import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { listenAsPeer } from './listening-peer.ts';

/** Of RFC 6455 section 1.3: what a server proves with that it speaks WebSocket. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_SHORT_FRAME_BYTES = 125;

/** Requests that a connection has served. */
const servedOn = new WeakMap<Socket, number>();

function page(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/html',
    'content-security-policy': "default-src 'self'",
    'strict-transport-security': 'max-age=31536000',
    'clear-site-data': '"*"',
  });
  response.end('<script>document.title = localStorage.key(0)</script>');
}

/** Keeps a connection, and closes it without a word on its second request: as targets do whose time was up just then. */
function keptOnce({ socket }: IncomingMessage, response: ServerResponse): void {
  const served = servedOn.get(socket) ?? 0;
  servedOn.set(socket, served + 1);
  if (served > 0) socket.destroy();
  else response.writeHead(200, { 'x-kept': 'once' }).end('served');
}

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/page.html': page,
  '/kept-once': keptOnce,
  '/headers': (request, response) => void response.end(JSON.stringify(request.headers)),
};

/** Echoes each short text frame, as `NAME: text` for the subprotocol NAME (RFC 6455). */
function echoFrames(request: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`).digest('base64');
  const protocol = request.headers['sec-websocket-protocol'];
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${
      protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
    }\r\n`,
  );
  socket.on('data', (frame: Buffer) => {
    const isText = ((frame[0] ?? 0) & 0x0f) === 1;
    const length = (frame[1] ?? 0) & 0x7f;
    if (!isText || length > MAX_SHORT_FRAME_BYTES) return void socket.end();
    const mask = frame.subarray(2, 6);
    const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
    const echo = Buffer.from(`${protocol}, ${request.headers.authorization}: ${text}`);
    return void socket.write(Buffer.concat([Buffer.from([0x81, echo.byteLength]), echo]));
  });
}

/** A target of the gateway, by URL. */
export async function startGatewayPeers(): Promise<{ addresses: { targetUrl: string }; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://target');
    const answer = answers[pathname];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  server.on('upgrade', (request, socket: Socket) => echoFrames(request, socket));
  const { port, close } = await listenAsPeer(server);
  return { addresses: { targetUrl: `http://127.0.0.1:${port}` }, close };
}
