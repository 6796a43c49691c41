import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { listenAsPeer } from './listening-peer.ts';
import { testIdentityFiles } from './test-identity.ts';

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

/** One authorization server and what it guards, by name: tokens are `NAME-1`, `NAME-2` … */
interface Realm {
  asked: { authorization: string | undefined; form: Record<string, string> }[];
  issued: number;
  /** Tokens with a lower number are refused. */
  validFrom: number;
  /** Status of the token endpoint in place of a token. */
  failsWith: number | null;
  /** Takes the client's secret in the form only. */
  isFormOnly: boolean;
}

const realms = new Map<string, Realm>();
/** So long that callers that ask at the same time overlap. */
const TOKEN_DELAY_MS = 50;
const TOKEN_LIFETIME_SECONDS = 3_600;

function realmOf(name: string): Realm {
  const realm = realms.get(name) ?? { asked: [], issued: 0, validFrom: 1, failsWith: null, isFormOnly: false };
  realms.set(name, realm);
  return realm;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text;
}

async function giveToken(realm: Realm, name: string, request: IncomingMessage, response: ServerResponse) {
  const form = Object.fromEntries(new URLSearchParams(await textOf(request)));
  realm.asked.push({ authorization: request.headers.authorization, form });
  await new Promise((resolve) => setTimeout(resolve, TOKEN_DELAY_MS));
  if (realm.failsWith !== null) return void response.writeHead(realm.failsWith).end('{"error":"server_error"}');
  if (realm.isFormOnly && !('client_secret' in form)) return void response.writeHead(401).end();
  realm.issued += 1;
  const token = { access_token: `${name}-${realm.issued}`, token_type: 'Bearer', expires_in: TOKEN_LIFETIME_SECONDS };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
}

async function guard(realm: Realm, name: string, request: IncomingMessage, response: ServerResponse) {
  const body = await textOf(request);
  const [, issuer, number] = /^Bearer (.+)-(\d+)$/.exec(request.headers.authorization ?? '') ?? [];
  const isValid = issuer === name && Number(number) >= realm.validFrom;
  response.writeHead(isValid ? 200 : 401).end(JSON.stringify({ token: request.headers.authorization, body }));
}

/** `/realm/NAME/token`, `/realm/NAME/guarded`, and `/realm/NAME/state` for tests: POST sets, GET tells. */
async function serveRealm(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, , name = '', part = ''] = new URL(request.url ?? '/', 'http://target').pathname.split('/');
  const realm = realmOf(name);
  if (part === 'token') return giveToken(realm, name, request, response);
  if (part === 'guarded') return guard(realm, name, request, response);
  if (request.method === 'POST') Object.assign(realm, JSON.parse(await textOf(request)));
  response.end(JSON.stringify(realm));
}

/** Says of a body, at its end, how long it was and when its pieces came. */
async function countPieces(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: { bytes: number; atMs: number }[] = [];
  for await (const piece of request) pieces.push({ bytes: piece.length, atMs: Math.round(performance.now()) });
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const { expect, 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  response.end(JSON.stringify({ bytes, first: pieces[0], last: pieces.at(-1), expect, encoding, length }));
}

/** Answers each piece of a body at once with how long it was: both directions at the same time. */
async function answerPieces(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
  for await (const piece of request) response.write(`${piece.length} `);
  response.end('end');
}

/** `?bytes=` of them, no faster than they are taken. */
function pour(request: IncomingMessage, response: ServerResponse): void {
  const bytes = Number(new URL(request.url ?? '/', 'http://target').searchParams.get('bytes'));
  const piece = Buffer.alloc(64 * 1_024, 'x');
  response.writeHead(200, { 'content-length': bytes });
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      const next = piece.subarray(0, left);
      left -= next.byteLength;
      if (!response.write(next)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

const encoders: Record<string, (bytes: Buffer) => Buffer> = { gzip: gzipSync, br: brotliCompressSync };

/** JSON in `?encoding=`. */
function compressed(request: IncomingMessage, response: ServerResponse): void {
  const encoding = new URL(request.url ?? '/', 'http://target').searchParams.get('encoding') ?? '';
  const bytes = Buffer.from(JSON.stringify({ city: 'Ålesund', password: 'correct horse' }));
  const encoded = encoders[encoding]?.(bytes) ?? bytes;
  const headers = {
    'content-type': 'application/json',
    'content-encoding': encoding,
    'content-length': encoded.length,
  };
  response.writeHead(200, headers).end(encoded);
}

/** Two interim answers before the one that counts (RFC 9110 section 15.2). */
function afterInterim(_request: IncomingMessage, response: ServerResponse): void {
  response.writeProcessing();
  response.writeEarlyHints({ link: '</style.css>; rel=preload' });
  response.writeHead(200, { 'x-final': 'yes' }).end('the one that counts');
}

const left: string[] = [];

/** A line every so often, until whoever asked has gone; `/gone` tells who has. */
function endless(request: IncomingMessage, response: ServerResponse): void {
  const timer = setInterval(() => response.write('more\n'), 20);
  response.on('close', () => {
    clearInterval(timer);
    left.push(request.url ?? '');
  });
}

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/page.html': page,
  '/kept-once': keptOnce,
  '/pieces': (request, response) => void countPieces(request, response).catch(() => response.destroy()),
  '/both-ways': (request, response) => void answerPieces(request, response).catch(() => response.destroy()),
  '/pour': pour,
  '/interim': afterInterim,
  '/compressed': compressed,
  '/endless': endless,
  '/gone': (_request, response) => void response.end(JSON.stringify(left)),
  '/never-reads': ({ socket }) => void socket.pause(),
  '/no-content': (_request, response) => void response.writeHead(204, { 'x-final': 'yes' }).end(),
  '/cut': (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('half', () => response.destroy());
  },
  '/reset': ({ socket }) => void socket.resetAndDestroy(),
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

export interface GatewayAddresses {
  targetUrl: string;
  /** The same by TLS, with a certificate for its name that the Workers under test trust. */
  tlsTargetUrl: string;
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://target');
  const answer = answers[pathname];
  if (answer) answer(request, response);
  else if (pathname.startsWith('/realm/')) void serveRealm(request, response);
  else response.writeHead(404).end();
}

/** A target of the gateway, plain and by TLS. */
export async function startGatewayPeers(): Promise<{ addresses: GatewayAddresses; close(): Promise<void> }> {
  const server = createServer(serve);
  server.on('upgrade', (request, socket: Socket) => echoFrames(request, socket));
  const files = testIdentityFiles();
  const tlsServer = createTlsServer({ key: readFileSync(files.key), cert: readFileSync(files.cert) }, serve);
  const [plain, tls] = await Promise.all([listenAsPeer(server), listenAsPeer(tlsServer)]);
  return {
    addresses: { targetUrl: `http://127.0.0.1:${plain.port}`, tlsTargetUrl: `https://localhost:${tls.port}` },
    async close() {
      await Promise.all([plain.close(), tls.close()]);
    },
  };
}
