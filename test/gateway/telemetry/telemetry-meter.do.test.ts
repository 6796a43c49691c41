import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { intervalStartMs } from '../../../src/gateway/telemetry/telemetry.model.ts';
import { createTelemetryStore } from '../../../src/gateway/telemetry/telemetry.store.ts';
import type { CallMeasure } from '../../../src/gateway/telemetry/telemetry.types.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { call } from '../../support/harness.ts';
import { createProxy } from '../support.ts';

const store = createTelemetryStore(createDatabase(env.DB));

const measures = (count: number, atMs = Date.now()): CallMeasure[] =>
  Array.from({ length: count }, () => ({
    atMs,
    country: 'DE',
    proxy: { code: 200, seconds: 0.2 },
    target: { code: 200, seconds: 0.1 },
  }));

/** What D1 says of the minutes of a proxy: start and calls. */
async function minutes(proxyId: string) {
  const rows = await store.parts(proxyId, 'minute', { fromMs: 0, beforeMs: Number.MAX_SAFE_INTEGER });
  return rows.map(({ startedAtMs, tallies }) => ({ startedAtMs, count: tallies.codes['200:proxy']?.[0] ?? 0 }));
}

const total = (rows: readonly { count: number }[]) => rows.reduce((sum, { count }) => sum + count, 0);

it('counts a batch once, keeps its counts over an eviction, and hands them over by alarm, however often', async () => {
  const { proxyId } = await createProxy();
  const meter = env.TELEMETRY_METER.getByName(proxyId);
  const batchId = crypto.randomUUID();
  for (let sent = 0; sent < 3; sent += 1) await meter.record(proxyId, batchId, measures(4));
  await meter.record(proxyId, crypto.randomUUID(), measures(5));
  await evictDurableObject(meter);
  expect(await runDurableObjectAlarm(meter)).toBe(true);
  expect(total(await minutes(proxyId))).toBe(9);
  await meter.record(proxyId, crypto.randomUUID(), measures(1));
  for (let flushed = 0; flushed < 2; flushed += 1) await meter.flush();
  expect(total(await minutes(proxyId))).toBe(10);
});

it('counts what is told late in the oldest minute that still takes any, and nothing in the future', async () => {
  const { proxyId } = await createProxy();
  const meter = env.TELEMETRY_METER.getByName(proxyId);
  const nowMs = Date.now();
  await meter.record(proxyId, 'late', measures(1, nowMs - 60 * 60_000));
  await meter.record(proxyId, 'early', measures(1, nowMs + 60 * 60_000));
  await meter.flush();
  const rows = await minutes(proxyId);
  expect(total(rows)).toBe(2);
  for (const { startedAtMs } of rows) {
    expect(startedAtMs).toBeGreaterThanOrEqual(intervalStartMs('minute', nowMs - 2 * 60_000));
    expect(startedAtMs).toBeLessThanOrEqual(Date.now());
  }
});

it('forgets a proxy that was deleted', async () => {
  const { client, proxyId } = await createProxy();
  const meter = env.TELEMETRY_METER.getByName(proxyId);
  await meter.record(proxyId, 'one', measures(1));
  await call('DELETE', `/api/clients/${client.clientId}/proxies/${proxyId}`, { key: client.key });
  await meter.flush();
  expect(await runDurableObjectAlarm(meter)).toBe(true);
  expect(await runDurableObjectAlarm(meter)).toBe(false);
  expect(await minutes(proxyId)).toEqual([]);
});
