import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { HOP_BY_HOP } from '../../platform/http/hop-by-hop.ts';
import type { HeldLease } from './held-lease.model.ts';
import { connectTo, openTunnel, proxyAuthorization, UpstreamFailure } from './upstream.ts';

/** A body of so much is kept until the answer begins, so that it can be sent once more. */
const MAX_REPLAYED_BYTES = 64 * 1024;
/** For the first byte of an answer: as long as clients wait that wait long. */
const ANSWER_WITHIN_MS = 60_000;

/** Sent twice they do what they do once (RFC 9110, section 9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];

/** No answer came, and it is nobody's fault that we know. */
export class TargetTooSlow extends Error {
  override name = 'TargetTooSlow';
}

/** The header fields that go on, as they came. */
function passedHeaders({ rawHeaders, headers }: IncomingMessage, others: readonly string[] = []): string[] {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named, ...others]);
  const passed: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!dropped.has(name.toLowerCase())) passed.push(name, value);
  }
  return passed;
}

/** A body that can be sent again, or null: it is longer than what is kept, or of unknown length. */
export async function readReplayableBody(request: IncomingMessage): Promise<Buffer | null> {
  if (request.headers['transfer-encoding'] !== undefined) return null;
  if (Number(request.headers['content-length'] ?? 0) > MAX_REPLAYED_BYTES) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A plain HTTP request that came to the bridge. */
export interface PlainRequest {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  body: Buffer | null;
}

function send({ request, url, body }: PlainRequest, { upstream }: HeldLease, socket: Socket) {
  // The target of the request decides, whatever its Host field says (RFC 9112, section 3.2.2).
  const headers = ['host', url.host, ...passedHeaders(request, ['host'])];
  const authorization = upstream.protocol === 'http' ? proxyAuthorization(upstream) : undefined;
  if (authorization !== undefined) headers.push('proxy-authorization', authorization);
  // A body of unknown length goes on in chunks.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('transfer-encoding', 'chunked');
  headers.push('connection', 'close');
  const path = upstream.protocol === 'http' ? url.href : `${url.pathname}${url.search}`;
  const options = { method: request.method ?? 'GET', path, headers };
  const outgoing = httpRequest({ ...options, createConnection: () => socket });
  if (body === null) request.pipe(outgoing);
  else outgoing.end(body);
  return outgoing;
}

/**
 * Sends a plain request through a proxy; settles with the head of its answer. Throws UpstreamFailure when another proxy may
 * be tried: nothing was sent yet, or what was sent may be sent twice.
 */
export async function askThrough(plain: PlainRequest, lease: HeldLease): Promise<IncomingMessage> {
  const { request, response, url, body } = plain;
  const { upstream } = lease;
  const target = { host: url.hostname, port: Number(url.port || 80) };
  const socket = upstream.protocol === 'http' ? await connectTo(upstream) : await openTunnel(upstream, target);
  const mayRepeat = body !== null && IDEMPOTENT.includes(request.method ?? '');
  return new Promise((resolve, reject) => {
    const outgoing = send(plain, lease, socket);
    const timer = setTimeout(() => outgoing.destroy(new TargetTooSlow()), ANSWER_WITHIN_MS);
    response.once('close', () => outgoing.destroy());
    outgoing.once('response', (answer) => {
      clearTimeout(timer);
      if (answer.statusCode === 407 && upstream.protocol === 'http') {
        outgoing.destroy();
        return reject(failure(body !== null, 'it does not take its own password'));
      }
      resolve(answer);
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof TargetTooSlow ? error : failure(mayRepeat, 'it ended before an answer began'));
    });
  });
}

/** What another proxy may mend, unless the request must not be sent twice. */
function failure(mayRepeat: boolean, message: string): Error {
  return mayRepeat ? new UpstreamFailure('dead', message) : new Error(message);
}

/** Passes an answer on as it comes. */
export async function passAnswer(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedHeaders(answer));
  // A side that breaks ends the other.
  await pipeline(answer, response).catch(() => {});
}
