import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createHttpProxy, endToEndHeaders, forwardRequest } from './http-proxy.ts';

/** Time between two bytes of the dripping proxy. */
const DRIP_INTERVAL_MS = 1_000;

/** Binary noise that the garbage proxy sends. */
const GARBAGE_BYTES = 2_048;

/** One byte of so many is changed by the tamperer: rare enough that the answer still looks whole. */
const TAMPERED_EVERY_BYTES = 64;

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

/** Of so many connections the flaky proxy drops the last: two checks of two connections each pass, the third fails. */
const FLAKY_EVERY_CONNECTIONS = 3;

/** Forwards like an honest proxy, but drops every third connection. */
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
      signature: randomBytes(32).toString('base64url'),
    };
    answer.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
  });
}

interface RelayedAnswer {
  status: number;
  rawHeaders: string[];
  body: Buffer;
}

/** A server that asks the target and may then say something else. */
function createLyingProxy(
  exitAddress: string,
  answerWith: (ask: () => Promise<RelayedAnswer>) => Promise<RelayedAnswer>,
): Server {
  async function serve(incoming: IncomingMessage, answer: ServerResponse) {
    try {
      const told = await answerWith(async () => {
        const upstream = await forwardRequest(incoming, exitAddress);
        const rawHeaders = endToEndHeaders(upstream.rawHeaders);
        return { status: upstream.statusCode ?? 502, rawHeaders, body: await buffer(upstream) };
      });
      answer.writeHead(told.status, told.rawHeaders).end(told.body);
    } catch {
      if (!answer.destroyed) answer.writeHead(502, { connection: 'close' }).end();
    }
  }
  return createHttpServer((incoming, answer) => {
    void serve(incoming, answer);
  });
}

/**
 * Asks the judge once, keeps the answer to itself (the client gets 502), and gives it to everybody ever after.
 * With `answersFirst` the first client gets it as well.
 */
export function createReplayer(exitAddress: string, options: { answersFirst?: boolean } = {}): Server {
  let kept: RelayedAnswer | null = null;
  return createLyingProxy(exitAddress, async (ask) => {
    if (kept) return kept;
    kept = await ask();
    if (!options.answersFirst) throw new Error('The first answer is kept.');
    return kept;
  });
}

/** Letters and digits move on by one, here and there; the length stays. */
export function tamper(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  let seen = 0;
  for (const [index, byte] of body.entries()) {
    const isPlain = (byte >= 0x30 && byte <= 0x38) || (byte >= 0x61 && byte <= 0x79);
    if (!isPlain) continue;
    if (seen % TAMPERED_EVERY_BYTES === 0) changed[index] = byte + 1;
    seen += 1;
  }
  return changed;
}

/** Forwards honestly, except that some bytes of each answer's body are others. */
export function createBodyTamperer(exitAddress: string): Server {
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    return { ...answer, body: tamper(answer.body) };
  });
}
