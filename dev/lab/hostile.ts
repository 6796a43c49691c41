import { randomBytes, randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHttpProxy } from './http-proxy.ts';

/** Time between two bytes of the dripping proxy. */
const DRIP_INTERVAL_MS = 1_000;

/** Binary noise that the garbage proxy sends. */
const GARBAGE_BYTES = 2_048;

const CANNED_PAGE = '<!doctype html><title>Welcome</title><p>Your connection is working.</p>\n';

/** Accepts and never says a word. */
export function createSilentProxy(): Server {
  return createServer((client) => client.resume());
}

/** Resets each connection as soon as the client speaks. */
export function createResettingProxy(): Server {
  return createServer((client) => client.once('data', () => client.resetAndDestroy()));
}

/** Answers a valid head so slowly that no deadline waits for its end. */
export function createDrippingProxy(): Server {
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'.'.repeat(100_000)}`;
  return createServer((client) => {
    let sent = 0;
    const timer = setInterval(() => client.write(answer.charAt(sent++)), DRIP_INTERVAL_MS);
    client.once('close', () => clearInterval(timer));
    client.resume();
  });
}

/** Answers whatever it is sent with bytes that belong to no protocol. */
export function createGarbageProxy(): Server {
  return createServer((client) => client.once('data', () => client.end(randomBytes(GARBAGE_BYTES))));
}

/** Of so many connections the flaky proxy drops the last. A check makes three or four: some lose one, some lose none. */
const FLAKY_EVERY_CONNECTIONS = 5;

/** Forwards like an honest proxy, but drops every fifth connection. */
export function createFlakyProxy(exitAddress: string): Server {
  const server = createHttpProxy({ exitAddress, forward: true });
  let connections = 0;
  server.prependListener('connection', (client: Socket) => {
    connections += 1;
    if (connections % FLAKY_EVERY_CONNECTIONS === 0) client.destroy();
  });
  return server;
}

/** Reaches nothing and answers everything with one page and 200, inside its tunnels too. */
export function createCannedPageProxy(): Server {
  const page = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${CANNED_PAGE.length}\r\nConnection: close\r\n\r\n${CANNED_PAGE}`;
  const server = createHttpServer((_incoming, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html', connection: 'close' }).end(CANNED_PAGE);
  });
  server.on('connect', (_incoming: IncomingMessage, client: Socket) => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.once('data', () => client.end(page));
  });
  return server;
}

/** Never asks the judge: invents its answer, echoing the nonce it was sent, with a signature that can't be right. */
export function createJudgeFaker(exitAddress: string): Server {
  return createHttpServer((incoming, answer) => {
    const url = new URL(incoming.url ?? '/', 'http://judge.invalid');
    const body = {
      ip: exitAddress,
      country: 'CH',
      asn: 64_999,
      headers: { host: url.host, accept: '*/*' },
      nonce: url.searchParams.get('nonce'),
      status: 200,
      answer_id: randomUUID(),
      signature: randomBytes(32).toString('base64url'),
    };
    answer.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
  });
}

/** Zeros that the bomb inflates to: a client that inflates what it is sent holds all of them. */
const BOMB_BYTES = 8 * 1024 * 1024;

/** How much the pouring proxies write at once. */
const POURED_BYTES = 16 * 1024;

/** Answers each connection's first words with these bytes, and ends it. */
function createFixedAnswer(answer: string | Uint8Array): Server {
  return createServer((client) => client.once('data', () => client.end(answer)));
}

/** Writes `piece` again and again after `head`, until the client leaves. */
function createPouringProxy(head: string, piece: string): Server {
  const pour = (client: Socket) => {
    while (!client.destroyed && client.write(piece));
    client.once('drain', () => pour(client));
  };
  return createServer((client) =>
    client.once('data', () => {
      client.write(head);
      pour(client);
    }),
  );
}

/** Sends whoever asks it for anything elsewhere. */
export function createRedirector(): Server {
  return createFixedAnswer(
    'HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/welcome\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  );
}

/** Announces more than it sends. */
export function createLengthLiar(): Server {
  return createFixedAnswer(
    'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4096\r\n\r\n<!doctype html>\n',
  );
}

/** Frames one answer in two ways, so that one reader sees its end where another goes on: request smuggling. */
export function createFramingLiar(): Server {
  return createFixedAnswer(
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  );
}

/** Sends chunks whose sizes are none. */
export function createChunkLiar(): Server {
  return createFixedAnswer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n');
}

/** A body without end. */
export function createBodyPourer(): Server {
  return createPouringProxy('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n', '.'.repeat(POURED_BYTES));
}

/** Headers without end. */
export function createHeaderPourer(): Server {
  return createPouringProxy('HTTP/1.1 200 OK\r\n', `X-Filler: ${'.'.repeat(1_000)}\r\n`.repeat(16));
}

/** A few kilobytes of gzip that nobody asked for, and that inflate to eight megabytes. */
export function createCompressionBomb(): Server {
  const body = gzipSync(Buffer.alloc(BOMB_BYTES));
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
  return createFixedAnswer(Buffer.concat([Buffer.from(head), body]));
}
