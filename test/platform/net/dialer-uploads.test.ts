import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDialer, DialError, type StreamRequest } from '../../../src/platform/net/dialer.ts';

const dialer = createDialer({ allowPrivateNetworks: true });
/** Each less than what sending takes. */
const SHORT = { tcpMs: 5_000, proxyHandshakeMs: 5_000, httpMs: 400, totalMs: 800 };
const PIECES = 12;
const PIECE = new TextEncoder().encode('0123456789');
const PAUSE_MS = 100;

function urlOf(name: string): string {
  const peer = env.TEST_PEERS.net[name];
  if (!peer) throw new Error(`There is no peer called ${name}.`);
  return `http://${peer.host}:${peer.port}/upload`;
}

/** A body that takes longer to send than any of the deadlines, though it never stands still for long. */
function slowBody(pieces = PIECES) {
  let left = pieces;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await scheduler.wait(PAUSE_MS);
      if (left === 0) controller.close();
      else controller.enqueue(PIECE.slice());
      left -= 1;
    },
  });
  return { stream, contentLength: Number.isFinite(pieces) ? pieces * PIECE.byteLength : null };
}

function upload(peer: string, changes: Partial<StreamRequest> = {}) {
  return dialer.stream({
    endpoint: null,
    url: urlOf(peer),
    method: 'POST',
    headers: [],
    acceptEncoding: null,
    body: slowBody(),
    deadlines: SHORT,
    idleMs: 5_000,
    uploadMs: 10_000,
    signal: new AbortController().signal,
    onSending: () => {},
    ...changes,
  });
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof DialError ? error.code : String(error);
}

describe('a body that is sent as it comes', () => {
  it('may take longer than the answer may: that is waited for when all is sent', async () => {
    const { status, body } = await upload('origin');
    const text = await new Response(body).text();
    expect([status, JSON.parse(text).body]).toEqual([200, '0123456789'.repeat(PIECES)]);
  });

  it('is followed by the whole time for an answer, and no more', async () => {
    const startedAtMs = Date.now();
    expect(await failureOf(upload('silent'))).toBe('http_timeout');
    const tookMs = Date.now() - startedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(PIECES * PAUSE_MS + SHORT.httpMs - 50);
    expect(tookMs).toBeLessThan(9_000);
  });

  it('has its own time, however it goes on', async () => {
    const endless = upload('silent', { body: slowBody(Number.POSITIVE_INFINITY), uploadMs: 500 });
    expect(await failureOf(endless)).toBe('http_timeout');
  });
});
