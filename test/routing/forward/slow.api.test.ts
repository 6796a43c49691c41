import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { BUILTIN_ADMIN_ID } from '../../../src/accounts/authentication.service.ts';
import { configOf } from '../../../src/config.ts';
import type { ProxiedRequest } from '../../../src/ops/requests/request-log.types.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { BODY_IDLE_MS } from '../../../src/platform/http/passed-body.ts';
import { createLogger } from '../../../src/platform/log/logger.ts';
import { createDialer, DEFAULT_DEADLINES, type Dialer, type StreamRequest } from '../../../src/platform/net/dialer.ts';
import { createForwarder } from '../../../src/routing/forward/forward.service.ts';
import { createJointCheckouts, createOpenAsking } from '../../../src/routing/forward/joint-checkouts.ts';
import { createRotorReports } from '../../../src/routing/forward/rotor-reports.ts';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { createServices } from '../../../src/services.ts';
import { answering, bad, type FreshTarget, forward, freshTarget, raw, rawRequestsOf } from './support.ts';

/** What stands still for a minute stands still for a second here. */
const QUICKER = 60;

const asked: Pick<StreamRequest, 'deadlines' | 'idleMs'>[] = [];

/** The dialer, with less patience than it is asked to have. */
function impatient(dialer: Dialer): Dialer {
  return {
    ...dialer,
    stream({ deadlines: given, idleMs, ...request }) {
      const deadlines = { ...DEFAULT_DEADLINES, ...given };
      asked.push({ deadlines, idleMs });
      const shorter = { ...deadlines, httpMs: deadlines.httpMs / QUICKER, totalMs: deadlines.totalMs / QUICKER };
      return dialer.stream({ ...request, deadlines: shorter, idleMs: idleMs / QUICKER });
    },
  };
}

const waitUntil = (work: Promise<unknown>) => void work.catch(() => undefined);
const rotorOf = (name: string) => createRotorClient(env.ROTOR, name);
const { routingSnapshots } = createServices(env, configOf(env), waitUntil);
const shared = { rotorOf, waitUntil, clock: systemClock };
const logged: ProxiedRequest[] = [];
const logger = createLogger();
const reports = createRotorReports({ ...shared, buffered: new Map(), logger });
const forwarder = createForwarder({
  ...shared,
  requestLog: { append: (request) => void logged.push(request) },
  snapshots: routingSnapshots,
  reports,
  jointCheckouts: createJointCheckouts({
    ...shared,
    open: createOpenAsking(),
    mayWaitForOthers: false,
    reports,
    logger,
  }),
  promptFollower: { whileWaiting: async () => undefined },
  dialer: impatient(createDialer({ allowPrivateNetworks: true })),
  allowPrivateNetworks: true,
  gate: { assertAccepting: async () => undefined },
  bodyIdleMs: BODY_IDLE_MS / QUICKER,
});

function forwardImpatiently(target: FreshTarget, path: string, init: RequestInit = {}): Promise<Response> {
  const caller = { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' } as const;
  const call = { caller, keySource: 'authorization', url: new URL(target.url(path)), remoteAddress: null } as const;
  return forwarder.forward(new Request('http://switchyard.test/', init), call);
}

const outcomesOf = async (target: FreshTarget) => (await target.rotor.metrics()).outcomes;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n';
const BODY = 'a body of some 24 bytes.';

describe('an answer that comes slowly', () => {
  it('is given up where its head does not come in time: 504, and the failure is counted', async () => {
    const target = await freshTarget([bad.hang ?? '', raw], { numRetries: 0, maxQueueWaitMs: 10_000 });
    await expect(forwardImpatiently(target, '/echo')).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    await expect.poll(() => outcomesOf(target)).toMatchObject({ connection_error: 1 });
    // A byte now and then is no head either.
    const dripping = forwardImpatiently(target, answering(HEAD + BODY, '&drip=100'));
    await expect(dripping).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    await expect.poll(() => outcomesOf(target)).toMatchObject({ connection_error: 2, success: 0 });
    const deadlines = { tcpMs: 5_000, proxyHandshakeMs: 10_000, tlsMs: 10_000, httpMs: 30_000, totalMs: 45_000 };
    expect(asked).toEqual([
      { deadlines, idleMs: 60_000 },
      { deadlines, idleMs: 60_000 },
    ]);
  });

  it('is taken for as long as it goes on, and passed on as it comes; a body that stands still is broken off', async () => {
    const target = await freshTarget([raw], { numRetries: 0 });
    // Longer in all than it may stand still.
    const chunks = [...'0123456789abcdefghij'].map((byte) => `1\r\n${byte}\r\n`).join('');
    const quickHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const slow = await forward(target.url(answering(`${quickHead}${chunks}0\r\n\r\n`, '&drip=12')));
    const pieces: string[] = [];
    for await (const piece of slow.body?.pipeThrough(new TextDecoderStream()) ?? []) pieces.push(piece);
    expect(pieces.join('')).toBe('0123456789abcdefghij');
    expect(pieces.length).toBeGreaterThan(3);
    await expect.poll(() => outcomesOf(target)).toMatchObject({ success: 1, connection_error: 0 });
    const still = await forwardImpatiently(target, answering(`${HEAD}a body`, '&keep'));
    expect(still.status).toBe(200);
    await expect(still.text()).rejects.toThrow();
    await expect.poll(() => outcomesOf(target)).toMatchObject({ success: 1, connection_error: 1 });
    expect(await target.rotor.states()).toMatchObject([{ state: 'FREE', failures: 1 }]);
  });
});

describe('a request body that comes slowly', () => {
  const firstPart = new Uint8Array(1_200_000).fill(0x61);

  it('holds no IP while it is short enough to be kept', async () => {
    const target = await freshTarget([raw]);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const answer = forward(target.url('/raw'), { method: 'PUT', body: readable });
    await writer.write(new TextEncoder().encode('slow'));
    const other = await forward(target.url('/raw'));
    expect(await other.text()).toBe('seen');
    await writer.close();
    expect(await (await answer).text()).toBe('seen');
    expect((await rawRequestsOf(target)).map(({ text }) => text.split('\r\n\r\n')[1])).toEqual(['', 'slow']);
  });

  /** What has come to the proxy of the one request that is not over. */
  const arrivedBytes = async (target: FreshTarget) => {
    const [request] = (await rawRequestsOf(target)).filter(({ isComplete }) => !isComplete);
    return request?.bytes ?? 0;
  };

  it.each([
    ['is too long to be kept', { numRetries: 3 }, firstPart],
    ['would not be sent again anyway', { numRetries: 0 }, new TextEncoder().encode('first')],
  ])('is passed on as it comes where it %s: each piece is there before the next is sent', async (_why, how, first) => {
    const target = await freshTarget([raw], how);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const answer = forward(target.url('/raw'), { method: 'PUT', body: readable });
    let sentBytes = 0;
    for (const piece of [
      first,
      ...Array.from({ length: 20 }, (_, index) => new TextEncoder().encode(`piece ${index};`)),
    ]) {
      await writer.write(piece);
      sentBytes += piece.byteLength;
      await expect.poll(() => arrivedBytes(target), { timeout: 20_000 }).toBeGreaterThan(sentBytes);
    }
    expect(await target.rotor.states()).toMatchObject([{ state: 'IN_USE' }]);
    await writer.close();
    expect(await (await answer).text()).toBe('seen');
    expect((await rawRequestsOf(target)).map(({ isComplete }) => isComplete)).toEqual([true]);
  });

  it('is broken off where it stands still, its connection with it: the caller is told, and its IP is not blamed', async () => {
    const target = await freshTarget([raw], { numRetries: 2 });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const answer = forwardImpatiently(target, '/raw', { method: 'PUT', body: readable });
    await writer.write(firstPart);
    await expect(answer).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    await expect.poll(() => target.rotor.states()).toMatchObject([{ state: 'FREE', failures: 0 }]);
    expect(await outcomesOf(target)).toMatchObject({ cancelled: 1, connection_error: 0 });
    expect(await rawRequestsOf(target)).toMatchObject([{ isComplete: false }]);
    expect(logged.filter(({ subdomain }) => subdomain === target.name)).toMatchObject([
      { statusCode: 408, target: { error: 'The body of the request stood still for too long.', statusCode: null } },
    ]);
  });

  it('is broken off where nobody takes it any more: 504, and the failure is counted', async () => {
    const target = await freshTarget([bad.stopsReading ?? ''], { numRetries: 0 });
    // 10 MiB, all that a body may have: more than the buffers of two sockets hold.
    const MOST_PIECES = 160;
    let pieces = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pieces += 1;
        if (pieces > MOST_PIECES) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const answer = forwardImpatiently(target, '/raw', { method: 'PUT', body });
    await expect(answer).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    expect(pieces).toBeLessThan(MOST_PIECES);
    await expect.poll(() => outcomesOf(target)).toMatchObject({ connection_error: 1, cancelled: 0 });
    expect(await target.rotor.states()).toMatchObject([{ state: 'FREE', failures: 1 }]);
    expect(logged.filter(({ subdomain }) => subdomain === target.name)).toMatchObject([{ statusCode: 504 }]);
  });

  it('is not waited for without end while it is kept: no IP is taken for it', async () => {
    const target = await freshTarget([raw]);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const answer = forwardImpatiently(target, '/raw', { method: 'PUT', body: readable });
    await writable.getWriter().write(new TextEncoder().encode('slow'));
    await expect(answer).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    // Its Rotor was not even told of the target.
    expect([await target.rotor.states(), await rawRequestsOf(target)]).toEqual([[], []]);
    expect(logged.filter(({ subdomain }) => subdomain === target.name)).toMatchObject([
      { statusCode: 408, target: null },
    ]);
  });
});
