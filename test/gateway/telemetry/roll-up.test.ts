import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createRollUp } from '../../../src/gateway/telemetry/roll-up.service.ts';
import { intervalStartMs } from '../../../src/gateway/telemetry/telemetry.model.ts';
import { createTelemetryStore } from '../../../src/gateway/telemetry/telemetry.store.ts';
import type { Bucket, Interval } from '../../../src/gateway/telemetry/telemetry.types.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createProxy } from '../support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const EVER = { fromMs: 0, beforeMs: Number.MAX_SAFE_INTEGER };

const store = createTelemetryStore(createDatabase(env.DB));
const rollUp = createRollUp(store);

function bucket(startedAtMs: number, count: number, ewmaSeconds = 1): Bucket {
  const codes: Bucket['tallies']['codes'] = { '200:proxy': [count, count] };
  return { startedAtMs, tallies: { codes, countries: {} }, ewmaSeconds, revision: count };
}

/** How many calls each interval of a proxy says there were. */
async function counts(proxyId: string, interval: Interval) {
  const rows = await store.parts(proxyId, interval, EVER);
  return rows.map(({ startedAtMs, tallies }) => [startedAtMs, tallies.codes['200:proxy']?.[0]]);
}

describe('rolling up', () => {
  it('makes hours of minutes, days of hours and months of days, once they have ended; again it changes nothing', async () => {
    const { proxyId } = await createProxy();
    const startMs = Date.UTC(2026, 0, 31, 22);
    const minutes = [0, 1, 59, 60, 61, 150].map((minute) => bucket(startMs + minute * MINUTE_MS, minute + 1));
    await store.write(proxyId, 'minute', minutes);
    for (let run = 0; run < 2; run += 1) await rollUp.ofEnded(startMs + 90 * MINUTE_MS);
    expect(await counts(proxyId, 'hour')).toEqual([[startMs, 1 + 2 + 60]]);
    expect(await counts(proxyId, 'day')).toEqual([]);
    for (let run = 0; run < 2; run += 1) await rollUp.ofEnded(startMs + 40 * DAY_MS);
    expect(await counts(proxyId, 'hour')).toEqual([
      [startMs, 63],
      [startMs + HOUR_MS, 61 + 62],
      [startMs + 2 * HOUR_MS, 151],
    ]);
    expect(await counts(proxyId, 'day')).toEqual([
      [Date.UTC(2026, 0, 31), 63 + 123],
      [Date.UTC(2026, 1, 1), 151],
    ]);
    expect(await counts(proxyId, 'month')).toEqual([
      [Date.UTC(2026, 0, 1), 186],
      [Date.UTC(2026, 1, 1), 151],
    ]);
  });

  it('takes in what is written of a minute later, and never says less than before', async () => {
    const { proxyId } = await createProxy();
    const startMs = Date.UTC(2026, 2, 3, 4);
    await store.write(proxyId, 'minute', [bucket(startMs, 5)]);
    await rollUp.ofProxy(proxyId);
    await store.write(proxyId, 'minute', [bucket(startMs, 7, 3)]);
    // A write that was overtaken.
    await store.write(proxyId, 'minute', [bucket(startMs, 6)]);
    await rollUp.ofProxy(proxyId);
    for (const interval of ['minute', 'hour', 'day', 'month'] as const) {
      expect((await counts(proxyId, interval)).map(([, count]) => count)).toEqual([7]);
    }
    const [month] = await store.parts(proxyId, 'month', EVER);
    expect(month?.ewmaSeconds).toBe(3);
    // Two that roll up at a time, the slower one with less in hand.
    await store.writeRolledUp(proxyId, 'hour', bucket(startMs, 6), 'minute', [bucket(startMs, 6)]);
    expect((await counts(proxyId, 'hour')).map(([, count]) => count)).toEqual([7]);
  });
});

describe('retention', () => {
  it('keeps minutes for 48 hours, hours for 90 days, days for two years, and what is in no longer interval yet', async () => {
    const { proxyId } = await createProxy();
    const nowMs = Date.UTC(2026, 5, 15, 12, 30);
    const agesMs = {
      minute: [47 * HOUR_MS, 50 * HOUR_MS],
      hour: [89 * DAY_MS, 92 * DAY_MS],
      day: [700 * DAY_MS, 800 * DAY_MS],
    };
    for (const [interval, ages] of Object.entries(agesMs) as [Interval, number[]][]) {
      await store.write(
        proxyId,
        interval,
        ages.map((ageMs) => bucket(intervalStartMs(interval, nowMs - ageMs), 1)),
      );
    }
    await rollUp.deleteOld(nowMs, 100);
    for (const interval of ['minute', 'hour', 'day'] as const) expect(await counts(proxyId, interval)).toHaveLength(2);
    await rollUp.ofProxy(proxyId);
    const before = (await counts(proxyId, 'month')).length;
    expect(await rollUp.deleteOld(nowMs, 100)).toBeGreaterThanOrEqual(3);
    for (const interval of ['minute', 'hour', 'day'] as const) {
      const keptMs = { minute: 2 * DAY_MS, hour: 90 * DAY_MS, day: 732 * DAY_MS }[interval];
      const kept = await counts(proxyId, interval);
      expect(kept.length).toBeGreaterThan(0);
      for (const [startedAtMs = 0] of kept) expect(startedAtMs).toBeGreaterThanOrEqual(nowMs - keptMs - DAY_MS);
    }
    expect(await counts(proxyId, 'month')).toHaveLength(before);
  });
});
