import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { eventDefinitions } from '../../../src/notifiers/events.schemas.ts';
import { createPoolLevelsStore } from '../../../src/proxy-pool/pools/pool-levels.store.ts';
import { watchPoolsJob } from '../../../src/proxy-pool/pools/pools.job.ts';
import { servicesWith } from '../../notifiers/support.ts';

async function setLeasable(count: number): Promise<void> {
  await env.DB.batch([
    env.DB.prepare('DELETE FROM proxies'),
    env.DB.prepare(
      `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, first_seen_at, last_seen_at)
       SELECT 'p' || value, '127.70.0.1', 1 + value, 'http', 0, 'active', value < ?1, 0, 0 FROM json_each(?2)`,
    ).bind(count, JSON.stringify(Array.from({ length: 40 }, (_, index) => index))),
  ]);
}

/** Runs the job without a hint to the notifier, so that the events stay where they can be read. */
async function watch(): Promise<Record<string, unknown>[]> {
  const services = servicesWith({ POOL_LOW_THRESHOLD: '10' });
  const silent = { ...services, hints: { ...services.hints, outboxWritten: async () => {} } };
  await watchPoolsJob.run(silent, Date.now());
  const { results } = await env.DB.prepare("SELECT payload FROM outbox WHERE type = 'proxy.pool_low' ORDER BY id").all<{
    payload: string;
  }>();
  return results.map(({ payload }) => JSON.parse(payload));
}

test('a pool that falls below the threshold is told of once, and again after it recovered', async () => {
  const told: number[] = [];
  for (const leasable of [3, 20, 12, 9, 4, 11, 20, 8]) {
    await setLeasable(leasable);
    told.push((await watch()).length);
  }
  expect(told).toEqual([0, 0, 0, 1, 1, 1, 1, 2]);
  for (const payload of await watch()) eventDefinitions['proxy.pool_low'].data.parse(payload);
  expect(await watch()).toMatchObject([{ pool: 'default', leasable: 9, threshold: 10 }, { leasable: 8 }]);
});

test('two who notice the same fall tell of it once', async () => {
  await env.DB.prepare("UPDATE pool_levels SET level = 'full'").run();
  const store = createPoolLevelsStore(env.DB);
  const count = async () =>
    (await env.DB.prepare('SELECT COUNT(*) AS rows FROM outbox').first<{ rows: number }>())?.rows ?? 0;
  const before = await count();
  const change = { poolNumber: 0, level: 'low', payload: {} } as const;
  await Promise.all([store.note(change, 1), store.note(change, 2)]);
  expect(await count()).toBe(before + 1);
});
