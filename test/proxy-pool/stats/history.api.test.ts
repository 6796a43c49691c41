import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import { CHECK_HOURS_KEPT_MS, CHECK_MINUTES_KEPT_MS } from '../../../src/ops/retention/retention.service.ts';
import type { CheckedProxy } from '../../../src/proxy-pool/checks/checks.types.ts';
import { startOf } from '../../../src/proxy-pool/stats/history.model.ts';
import { createServices } from '../../../src/services.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { call } from '../../support/harness.ts';
import { report } from '../checks/fixtures.ts';
import { activeProxy, insertProxy } from '../checks/rows.ts';

commonRouteTests({ method: 'GET', path: '/stats/history', scope: 'read' });

const HOUR_MS = 3_600_000;
const services = createServices(env, configOf(env), () => {});

interface History {
  interval: string;
  buckets: { started_at: string; passed: number; failed: number; inconclusive: number; success_rate: number | null }[];
}

async function history(query: string) {
  const { key } = await createAccount();
  return call<History>('GET', `/stats/history${query}`, { key });
}

/** What all of a history's buckets hold together. */
async function sums(query: string) {
  const { body } = await history(query);
  const sum = (name: 'passed' | 'failed' | 'inconclusive') =>
    body.buckets.reduce((total, bucket) => total + bucket[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), inconclusive: sum('inconclusive') };
}

async function check(rows: readonly CheckedProxy[], outcome: 'passed' | 'failed' | 'inconclusive') {
  const requests = rows.map(({ id, round }) => ({ id, round }));
  return services.checks.runBatch(requests, () => Promise.resolve(report(outcome)));
}

async function insertSample(takenAtMs: number, passed: number): Promise<void> {
  await env.DB.prepare('INSERT INTO check_samples VALUES (?, ?, 0, 0)').bind(takenAtMs, passed).run();
}

async function sampleTimes(): Promise<number[]> {
  const { results } = await env.DB.prepare(
    'SELECT taken_at AS takenAtMs FROM check_samples WHERE taken_at > 0 ORDER BY 1',
  ).all<{ takenAtMs: number }>();
  return results.map(({ takenAtMs }) => takenAtMs);
}

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM check_samples WHERE taken_at > 0').run();
  await env.DB.prepare('INSERT OR IGNORE INTO check_samples VALUES (0, 0, 0, 0)').run();
  await env.DB.prepare('UPDATE pool_averages SET passed = 0, failed = 0, inconclusive = 0').run();
});

describe('GET /stats/history', () => {
  it('counts each round once, by what it came to', async () => {
    const good = await Promise.all([0, 1, 2].map(() => insertProxy(activeProxy(Date.now()))));
    const [bad, open] = [await insertProxy({ poolNumber: 0 }), await insertProxy()];
    await check(good, 'passed');
    await check([bad], 'failed');
    await check([open], 'inconclusive');
    // A message that comes twice finds its round gone.
    await check(good, 'passed');
    expect(await sums('?hours=1')).toEqual({ passed: 3, failed: 1, inconclusive: 1 });
    const { body } = await history('?hours=1');
    expect([body.interval, body.buckets.length]).toEqual(['minute', 61]);
    expect(body.buckets[0]?.success_rate).toBeNull();
    await services.checkHistory.sample(startOf('minute', Date.now()));
    expect(await sums('?hours=1')).toEqual({ passed: 3, failed: 1, inconclusive: 1 });
    expect(await sums('?hours=24')).toEqual({ passed: 3, failed: 1, inconclusive: 1 });
  });

  it('is sampled once a minute, and not at all while nothing is checked', async () => {
    const minuteMs = startOf('minute', Date.now());
    await services.checkHistory.sample(minuteMs - 60_000);
    expect(await sampleTimes()).toEqual([]);
    await check([await insertProxy(activeProxy(Date.now()))], 'passed');
    await services.checkHistory.sample(minuteMs);
    await check([await insertProxy(activeProxy(Date.now()))], 'passed');
    await services.checkHistory.sample(minuteMs);
    expect(await sampleTimes()).toEqual([minuteMs]);
    expect((await sums('?hours=1')).passed).toBe(2);
  });

  it('keeps the minutes for two days, then one sample of each hour for thirty', async () => {
    const nowMs = Date.now();
    const oldMs = startOf('hour', nowMs - CHECK_MINUTES_KEPT_MS) - 2 * HOUR_MS;
    const ancientMs = startOf('hour', nowMs - CHECK_HOURS_KEPT_MS) - 2 * HOUR_MS;
    await insertSample(ancientMs - HOUR_MS, 1);
    await insertSample(ancientMs, 1);
    // The full hour belongs to what came before it.
    for (const [index, takenAtMs] of [
      oldMs - 60_000,
      oldMs,
      oldMs + 60_000,
      oldMs + 120_000,
      nowMs - 60_000,
    ].entries()) {
      await insertSample(takenAtMs, 2 + index);
    }
    await services.retention.run(nowMs);
    // The newest of what is too old is where what follows begins to count.
    expect(await sampleTimes()).toEqual([ancientMs, oldMs, oldMs + 120_000, nowMs - 60_000]);
  });

  it('is by hour for more than a few hours', async () => {
    const hourMs = startOf('hour', Date.now());
    await insertSample(hourMs - HOUR_MS, 4);
    await insertSample(hourMs, 10);
    await env.DB.prepare(
      `INSERT INTO pool_averages (pool_number, timed, latency_us, passed) VALUES (0, 0, 0, 13)
       ON CONFLICT DO UPDATE SET passed = 13`,
    ).run();
    const { body } = await history('');
    expect([body.interval, body.buckets.length]).toEqual(['hour', 25]);
    expect(body.buckets.slice(-3).map(({ passed }) => passed)).toEqual([4, 6, 3]);
  });

  it.each(['0', '721', 'x', '1.5'])('takes no hours that are %s', async (hours) => {
    expect((await history(`?hours=${hours}`)).status).toBe(422);
  });
});
