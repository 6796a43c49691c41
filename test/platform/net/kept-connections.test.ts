import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createDialer,
  DialError,
  KeptConnections,
  type ProxyEndpoint,
  type StreamRequest,
} from '../../../src/platform/net/dialer.ts';
import { KEPT_KINDS } from '../../support/keeping-peer.ts';

const dialer = createDialer({ allowPrivateNetworks: true });
/** Real connections: each run opens some. */
const SEQUENCES = env.TEST_FULL_RUNS === '1' ? 500 : 60;
/** Longer than the peer waits before it says more than it was asked for. */
const PAUSE_MS = 25;

function peer(name: string): { host: string; port: number } {
  const address = env.TEST_PEERS.net[name];
  if (!address) throw new Error(`There is no peer called ${name}.`);
  return address;
}

const { host, port } = peer('keepsAlive');
const proxy: ProxyEndpoint = { protocol: 'http', ip: host, port, username: null, password: null };

let ids = 0;

interface Answer {
  status: number;
  id: string | null;
  connection: string | null;
  place: string | null;
  text: string;
  isWhole: boolean;
}

/** One request to the peer; an answer that breaks off is told of, too. */
async function ask(kind: string, request: Partial<StreamRequest> = {}): Promise<Answer & { asked: string }> {
  ids += 1;
  const asked = `${ids}`;
  const { status, headers, body, ended } = await dialer.stream({
    endpoint: proxy,
    url: `http://${host}:${port}/${kind}?id=${asked}`,
    method: 'GET',
    headers: [],
    acceptEncoding: null,
    body: null,
    deadlines: { tcpMs: 5_000, proxyHandshakeMs: 5_000, httpMs: 5_000, totalMs: 10_000 },
    idleMs: 2_000,
    uploadMs: 5_000,
    signal: new AbortController().signal,
    onSending: () => undefined,
    ...request,
  });
  const text = await new Response(body).text().catch(() => '');
  const { failure } = await ended;
  const fieldOf = (name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1] ?? null;
  const numbers = { id: fieldOf('x-id'), connection: fieldOf('x-connection'), place: fieldOf('x-place') };
  return { asked, status, text, ...numbers, isWhole: failure === null };
}

/** Waits until what a peer says unasked is there: what comes with the next request can't be told from its answer. */
async function untilForged(id: string): Promise<void> {
  const url = `http://${host}:${port}/hasForged?id=${id}`;
  await expect.poll(async () => (await fetch(url)).status, { interval: 5, timeout: 10_000 }).toBe(200);
  await scheduler.wait(PAUSE_MS);
}

function keeping(connections: KeptConnections): Partial<StreamRequest> {
  return { connections, hasFollower: true };
}

async function withConnections<Result>(work: (connections: KeptConnections) => Promise<Result>): Promise<Result> {
  const connections = new KeptConnections();
  try {
    return await work(connections);
  } finally {
    connections.close();
  }
}

describe('a connection whose answer ended cleanly', () => {
  test.each(KEPT_KINDS.clean)('%s: serves the next request of its invocation', async (kind) => {
    await withConnections(async (connections) => {
      const first = await ask(kind, keeping(connections));
      const second = await ask('length', keeping(connections));
      const third = await ask('length', { ...keeping(connections), method: 'HEAD' });
      const last = await ask('length', keeping(connections));
      expect([first, second, third, last].map(({ place }) => place)).toEqual(['1', '2', '3', '4']);
      expect(new Set([first, second, third, last].map(({ connection }) => connection)).size).toBe(1);
      for (const { asked, id } of [first, second, third, last]) expect(id).toBe(asked);
    });
  });

  test('serves through a tunnel, too, which is opened once', async () => {
    const tunnel: ProxyEndpoint = {
      ...proxy,
      protocol: 'https',
      ip: peer('connectProxy').host,
      port: peer('connectProxy').port,
    };
    await withConnections(async (connections) => {
      const first = await ask('length', { ...keeping(connections), endpoint: tunnel });
      const second = await ask('chunks', { ...keeping(connections), endpoint: tunnel });
      expect([first.place, second.place]).toEqual(['1', '2']);
      expect(second.connection).toBe(first.connection);
    });
  });

  test('takes a body that was sent whole along', async () => {
    await withConnections(async (connections) => {
      const put = { ...keeping(connections), method: 'PUT', body: new Uint8Array(100_000) };
      expect((await ask('length', put)).place).toBe('1');
      expect((await ask('length', put)).place).toBe('2');
    });
  });

  test('asks to be kept only where another request may follow, and is closed where none does', async () => {
    await withConnections(async (connections) => {
      await ask('length', { connections, hasFollower: false });
      expect((await ask('length', keeping(connections))).place).toBe('1');
      connections.close();
      expect((await ask('length', keeping(connections))).place).toBe('1');
      expect((await ask('length', keeping(connections))).place).toBe('1');
    });
  });

  test.each(['POST', 'PATCH'])('is not given to a %s, which must not be sent twice', async (method) => {
    await withConnections(async (connections) => {
      await ask('length', keeping(connections));
      expect((await ask('length', { ...keeping(connections), method, body: new Uint8Array(3) })).place).toBe('1');
    });
  });

  test('leads one way only: another origin, proxy or login has its own', async () => {
    const others: Partial<StreamRequest>[] = [
      { url: `http://localhost:${port}/length?id=other` },
      { endpoint: null },
      { endpoint: { ...proxy, username: 'user', password: 'one' } },
      { endpoint: { ...proxy, username: 'user', password: 'two' } },
    ];
    await withConnections(async (connections) => {
      await ask('length', keeping(connections));
      for (const other of others) expect((await ask('length', { ...keeping(connections), ...other })).place).toBe('1');
    });
  });

  test('that its peer closes as it is used is replaced without anybody noticing; one that answers halfway is a failure', async () => {
    await withConnections(async (connections) => {
      const first = await ask('closesOnNext', keeping(connections));
      const second = await ask('length', keeping(connections));
      expect([second.place, second.id]).toEqual(['1', second.asked]);
      expect(second.connection).not.toBe(first.connection);
    });
    await withConnections(async (connections) => {
      await ask('halfwayOnNext', keeping(connections));
      const failure = await ask('length', keeping(connections)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DialError);
    });
  });
});

describe('a connection whose answer did not end cleanly', () => {
  test.each(KEPT_KINDS.unclean)('%s: serves nothing else', async (kind) => {
    await withConnections(async (connections) => {
      const first = await ask(kind, keeping(connections)).catch(() => null);
      if (kind === 'lateGarbage') await untilForged(first?.asked ?? '');
      else await scheduler.wait(PAUSE_MS);
      const second = await ask('length', keeping(connections));
      expect([second.place, second.id, second.text]).toEqual(['1', second.asked, `answer ${second.asked}`]);
      if (first) expect(second.connection).not.toBe(first.connection);
    });
  });

  test('that is answered before its request was sent serves nothing else', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const written = writer.write(new Uint8Array(10)).catch(() => undefined);
    await withConnections(async (connections) => {
      const body = { stream: readable, contentLength: null };
      const early = await ask('early', { ...keeping(connections), method: 'PUT', body });
      expect([early.isWhole, early.place]).toEqual([true, '1']);
      await written;
      const next = await ask('length', keeping(connections));
      expect([next.place, next.id]).toEqual(['1', next.asked]);
    });
  });

  test('that nobody reads to the end serves nothing else', async () => {
    await withConnections(async (connections) => {
      ids += 1;
      const { body, ended } = await dialer.stream({
        endpoint: proxy,
        url: `http://${host}:${port}/stalls?id=${ids}`,
        headers: [],
        acceptEncoding: null,
        body: null,
        idleMs: 2_000,
        uploadMs: 5_000,
        signal: new AbortController().signal,
        onSending: () => undefined,
        ...keeping(connections),
      });
      if (body instanceof ReadableStream) await body.cancel();
      await ended;
      expect((await ask('length', keeping(connections))).place).toBe('1');
    });
  });
});

const step = fc.record({
  kind: fc.constantFrom(...KEPT_KINDS.clean, ...KEPT_KINDS.clean, ...KEPT_KINDS.unclean, ...KEPT_KINDS.treacherous),
  method: fc.constantFrom('GET', 'GET', 'HEAD', 'PUT', 'POST'),
  isPausing: fc.boolean(),
});

test('whatever is asked in whatever order, each request has its own answer, and no unclean connection a second one', async () => {
  let reused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      await withConnections(async (connections) => {
        const spent = new Set<string>();
        for (const { kind, method, isPausing } of steps) {
          const body = method === 'PUT' || method === 'POST' ? new Uint8Array(20) : null;
          const answer = await ask(kind, { ...keeping(connections), method, body }).catch((error: unknown) => {
            expect(error).toBeInstanceOf(DialError);
            return null;
          });
          if (answer !== null) {
            expect(answer.id).toBe(answer.asked);
            expect(spent.has(answer.connection ?? '')).toBe(false);
            if (answer.place !== '1') reused += 1;
            // An answer to HEAD ends with its head, whatever else is said of the body.
            const isUnclean = KEPT_KINDS.unclean.includes(kind) && kind !== 'lateGarbage' && kind !== 'ends';
            const endsWithHead = method === 'HEAD' && (kind === 'untilClose' || kind === 'truncated');
            if (isUnclean && !endsWithHead) spent.add(answer.connection ?? '');
          }
          if (isPausing) await scheduler.wait(PAUSE_MS);
          if (kind === 'lateGarbage' && answer !== null) {
            await untilForged(answer.asked);
            spent.add(answer.connection ?? '');
          }
        }
      });
    }),
    { numRuns: SEQUENCES },
  );
  expect(reused).toBeGreaterThan(SEQUENCES / 4);
}, 300_000);
