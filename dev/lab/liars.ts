import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { endToEndHeaders, forwardRequest, isAuthorized } from './http-proxy.ts';
import type { LabLogin } from './lab-proxy.ts';

/** One byte of so many is changed by the tamperer: rare enough that the answer still looks whole. */
const TAMPERED_EVERY_BYTES = 64;

/** What the advertiser is paid for. */
const ADVERTISEMENT = '<script src="http://192.0.2.1/ad.js"></script>';

interface RelayedAnswer {
  status: number;
  rawHeaders: string[];
  body: Buffer;
}

/** Asks the target; what is added goes with the request. */
type Ask = (addedHeaders?: readonly string[], exitAddress?: string) => Promise<RelayedAnswer>;

/** A server that asks the target and may then say something else. */
function createLyingProxy(
  exitAddress: string,
  answerWith: (ask: Ask, incoming: IncomingMessage) => Promise<RelayedAnswer>,
): Server {
  async function serve(incoming: IncomingMessage, answer: ServerResponse) {
    try {
      const ask: Ask = async (addedHeaders = [], from = exitAddress) => {
        const upstream = await forwardRequest(incoming, from, addedHeaders);
        const rawHeaders = withoutLength(endToEndHeaders(upstream.rawHeaders));
        return { status: upstream.statusCode ?? 502, rawHeaders, body: await buffer(upstream) };
      };
      const told = await answerWith(ask, incoming);
      answer.writeHead(told.status, [...told.rawHeaders, 'Content-Length', String(told.body.length)]).end(told.body);
    } catch {
      if (!answer.destroyed) answer.writeHead(502, { connection: 'close' }).end();
    }
  }
  return createHttpServer((incoming, answer) => {
    void serve(incoming, answer);
  });
}

/** Whoever changes a body announces the length that it has then. */
function withoutLength(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_item, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== 'content-length');
}

function isPage({ rawHeaders }: RelayedAnswer): boolean {
  return rawHeaders.some((item, index) => index % 2 === 1 && item.startsWith('text/html'));
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

/** Keeps each answer by its URL, told not to or not, and gives it to whoever asks for that URL again. */
export function createCacher(exitAddress: string): Server {
  const kept = new Map<string, RelayedAnswer>();
  return createLyingProxy(exitAddress, async (ask, incoming) => {
    const url = incoming.url ?? '';
    const answer = kept.get(url) ?? (await ask());
    kept.set(url, answer);
    return answer;
  });
}

/** Puts a script into web pages, and leaves everything else alone. */
export function createAdvertiser(exitAddress: string): Server {
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    if (!isPage(answer)) return answer;
    const page = answer.body.toString().replace('</body>', `${ADVERTISEMENT}</body>`);
    return { ...answer, body: Buffer.from(page) };
  });
}

/** Cuts the last fifth off each body and announces the length that is left. */
export function createTruncator(exitAddress: string): Server {
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    return { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length * 0.8)) };
  });
}

/** Sets a cookie of its own with each answer. */
export function createCookieSetter(exitAddress: string): Server {
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    return { ...answer, rawHeaders: [...answer.rawHeaders, 'Set-Cookie', `visitor=${randomUUID()}; Path=/`] };
  });
}

/** Shows a friendly page where the target says that something is not there. */
export function createErrorMasker(exitAddress: string): Server {
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    return answer.status >= 400 ? { ...answer, status: 200 } : answer;
  });
}

/** Changes what the judge says of its place, and keeps the answer well-formed. */
export function createPlaceForger(exitAddress: string): Server {
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    return { ...answer, body: Buffer.from(answer.body.toString().replace(/"country":"[A-Z]{2}"/, '"country":"CH"')) };
  });
}

/** Passes the password that it asks for on to the target. */
export function createPasswordLeaker(exitAddress: string, login: LabLogin): Server {
  return createLyingProxy(exitAddress, async (ask, incoming) => {
    if (!isAuthorized(incoming, login)) return { status: 407, rawHeaders: [], body: Buffer.alloc(0) };
    return ask(['Proxy-Authorization', incoming.headers['proxy-authorization'] ?? '']);
  });
}

/** Tells every site who its user is, as carriers have done. */
export function createTracker(exitAddress: string): Server {
  const subscriber = randomUUID();
  return createLyingProxy(exitAddress, (ask) => ask(['X-UIDH', subscriber]));
}

/** Leaves from its own address and from one in another country, in turn. */
export function createExitMover(exitAddress: string, otherAddress: string): Server {
  let requests = 0;
  return createLyingProxy(exitAddress, (ask) => {
    requests += 1;
    return ask([], requests % 2 === 0 ? otherAddress : exitAddress);
  });
}

/** Honest except in every third round: what a single good round is worth. */
export function createOccasionalLiar(exitAddress: string): Server {
  let pages = 0;
  return createLyingProxy(exitAddress, async (ask) => {
    const answer = await ask();
    if (isPage(answer)) pages += 1;
    return isPage(answer) && pages % 3 === 0 ? { ...answer, body: tamper(answer.body) } : answer;
  });
}
