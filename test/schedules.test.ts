import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import worker from '../src/index.ts';
import { createProcessLog } from '../src/ops/logs/log-book.client.ts';
import type { ProcessName } from '../src/ops/logs/log-book.types.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLogger } from '../src/platform/log/logger.ts';
import { createLeaseBookClient } from '../src/proxy-pool/leases/lease-book.client.ts';
import { insertProxies, makePool } from './proxy-pool/proxies/rows.ts';
import { createSource, getSource, listUrl } from './proxy-pool/sources/support.ts';
import { envWith } from './support/queue-batch.ts';

const processLog = createProcessLog(env.LOG_BOOK, systemClock, createLogger());

/** Rings the cron of each minute, and waits for its jobs. */
async function tick(environment: Env = env, cron = '* * * * *'): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron, scheduledTime: new Date() }), environment, context);
  await waitOnExecutionContext(context);
}

async function logOf(process: ProcessName): Promise<string[]> {
  return (await processLog.newest(process, 20)).map(({ level, message }) => `${level} ${message}`);
}

/** A queue like the bound one that can't be sent to. */
function brokenQueue<Body>(queue: Queue<Body>): Queue<Body> {
  return new Proxy(queue, {
    get: (target, name) =>
      name === 'sendBatch' || name === 'send'
        ? () => Promise.reject(new Error('the queue is away'))
        : Reflect.get(target, name),
  });
}

async function poolWithOne() {
  const pool = await makePool();
  const revision = 5_000 + pool.number;
  await insertProxies([{ poolNumber: pool.number, status: 'active', leasable: true, score: 0.5, revision }]);
  return createLeaseBookClient(env.LEASE_BOOK, pool.number);
}

it('each minute due sources are scraped through the queue, and the books hear of what is new', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=2&first=310000') });
  const later = await createSource({ url: listUrl('/lines.txt?count=2&first=320000'), is_active: false });
  const book = await poolWithOne();
  await tick();
  expect(await book.stats()).toMatchObject({ leasable: 1 });
  await vi.waitFor(async () => expect((await getSource(source.id)).last_scraped_at).not.toBeNull(), {
    timeout: 20_000,
    interval: 100,
  });
  expect((await getSource(later.id)).last_scraped_at).toBeNull();
  expect(await logOf('scraper')).toContain('info scrape due sources: 1 sources sent to the queue');
  expect(await logOf('validator')).toContainEqual(expect.stringContaining('JUDGE_URL is empty'));
});

it('a stopped process does nothing, its rows stay due, and nothing is lost when it runs again', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=330000') });
  const book = await poolWithOne();
  await tick(envWith({ STOPPED_PROCESSES: 'scraper,lease-reaper' }));
  expect([await getSource(source.id), await book.stats()]).toMatchObject([source, { leasable: 0 }]);
  await tick(envWith({ STOPPED_PROCESSES: 'scraper' }));
  expect([await getSource(source.id), await book.stats()]).toMatchObject([source, { leasable: 1 }]);
  await tick();
  await vi.waitFor(async () => expect((await getSource(source.id)).last_scraped_at).not.toBeNull(), {
    timeout: 20_000,
    interval: 100,
  });
});

it('due proxies go to the queue, five a message, and stay due until they are checked', async () => {
  const nowMs = Date.now();
  const due = await insertProxies(
    Array.from({ length: 12 }, () => ({ status: 'unchecked' as const, nextCheckAtMs: nowMs - 1, port: 9 })),
  );
  const [later] = await insertProxies([{ status: 'unchecked', nextCheckAtMs: nowMs + 60 * 60_000 }]);
  const sent: { body: { proxies: { id: string }[] } }[] = [];
  const recording = new Proxy(env.CHECKS, {
    get: (target, name) =>
      name === 'sendBatch'
        ? async (messages: typeof sent) => void sent.push(...messages)
        : Reflect.get(target, name).bind(target),
  });
  await tick({
    ...envWith({ JUDGE_URL: 'http://127.0.0.1:9/judge', STOPPED_PROCESSES: 'scraper' }),
    CHECKS: recording,
  });
  const ids = sent.flatMap(({ body }) => body.proxies.map(({ id }) => id));
  expect(ids).toEqual(expect.arrayContaining(due));
  expect(ids).not.toContain(later);
  expect(new Set(ids).size).toBe(ids.length);
  expect(sent.every(({ body }) => body.proxies.length <= 5)).toBe(true);
  const stillDue = await env.DB.prepare('SELECT COUNT(*) AS rows FROM proxies WHERE next_check_at = ?')
    .bind(nowMs - 1)
    .first<{ rows: number }>();
  expect(stillDue?.rows).toBe(12);
});

it('a job that fails says so in its log, and the others run', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=340000') });
  const book = await poolWithOne();
  await tick({ ...env, SCRAPES: brokenQueue(env.SCRAPES) });
  expect(await logOf('scraper')).toContain('error scrape due sources failed: the queue is away');
  expect([await getSource(source.id), await book.stats()]).toMatchObject([source, { leasable: 1 }]);
});

it('a cron that nobody knows does nothing', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=350000') });
  await tick(env, '0 0 * * *');
  expect(await getSource(source.id)).toEqual(source);
});
