import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { createProcessLog } from '../src/ops/logs/log-book.client.ts';
import type { ProcessName } from '../src/ops/processes/process-names.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLogger } from '../src/platform/log/logger.ts';
import type { CheckMessage } from '../src/proxy-pool/checks/check-message.types.ts';
import { createLeaseBookClient } from '../src/proxy-pool/leases/lease-book.client.ts';
import { insertProxies, makePool } from './proxy-pool/proxies/rows.ts';
import { createSource, getSource, listUrl } from './proxy-pool/sources/support.ts';
import { whileStopped } from './support/processes.ts';
import { recordingQueue } from './support/recording-queue.ts';
import { envWith, failing, tick } from './support/worker-doors.ts';

const processLog = createProcessLog(env.LOG_BOOK, systemClock, createLogger());

async function logOf(process: ProcessName): Promise<string[]> {
  return (await processLog.newest([process], 20)).lines.map(({ level, message }) => `${level} ${message}`);
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
  await whileStopped(['scraper', 'lease-reaper'], tick);
  expect([await getSource(source.id), await book.stats()]).toMatchObject([source, { leasable: 0 }]);
  await whileStopped(['scraper'], tick);
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
  const sent: CheckMessage[] = [];
  const checking = {
    JUDGE_URL: 'http://127.0.0.1:9/judge',
    CHECKS: recordingQueue(sent),
  };
  await whileStopped(['scraper'], () => tick(envWith(checking)));
  const ids = sent.flatMap(({ proxies }) => proxies.map(({ id }) => id));
  expect(ids).toEqual(expect.arrayContaining(due));
  expect(ids).not.toContain(later);
  expect(new Set(ids).size).toBe(ids.length);
  expect(sent.every(({ proxies }) => proxies.length <= 5)).toBe(true);
  const stillDue = await env.DB.prepare('SELECT COUNT(*) AS rows FROM proxies WHERE next_check_at = ?')
    .bind(nowMs - 1)
    .first<{ rows: number }>();
  expect(stillDue?.rows).toBe(12);
});

it('a job that fails says so in its log, and the others run', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=340000') });
  const book = await poolWithOne();
  await tick(envWith({ SCRAPES: failing(env.SCRAPES, 'sendBatch') }));
  expect(await logOf('scraper')).toContain('error scrape due sources failed: sendBatch failed');
  expect([await getSource(source.id), await book.stats()]).toMatchObject([source, { leasable: 1 }]);
});

it('a cron that nobody knows does nothing', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=350000') });
  await tick(env, '0 0 * * *');
  expect(await getSource(source.id)).toEqual(source);
});
