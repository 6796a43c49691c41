import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  addCall,
  EWMA_ALPHA,
  emptyTallies,
  intervalKey,
  intervalStartMs,
  mergeBuckets,
  nextEwma,
  nextIntervalMs,
  renderBucket,
} from '../../../src/gateway/telemetry/telemetry.model.ts';
import { type CallMeasure, intervals } from '../../../src/gateway/telemetry/telemetry.types.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const time = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const leg = fc.record({
  code: fc.constantFrom(0, 101, 200, 204, 301, 404, 429, 500, 502),
  seconds: fc.integer({ min: 0, max: 60_000 }).map((ms) => ms / 1_000),
});
const measure: fc.Arbitrary<CallMeasure> = fc.record({
  atMs: time,
  country: fc.constantFrom('US', 'AU', 'XX'),
  proxy: leg,
  target: fc.option(leg),
});

function bucketOf(startedAtMs: number, calls: readonly CallMeasure[]) {
  const tallies = emptyTallies();
  let ewmaSeconds: number | null = null;
  for (const call of calls) {
    addCall(tallies, call);
    ewmaSeconds = nextEwma(ewmaSeconds, call.proxy.seconds);
  }
  return { startedAtMs, tallies, ewmaSeconds: ewmaSeconds ?? 0, revision: calls.length };
}

it.each([
  ['minute', '2025-09-10-02-07'],
  ['hour', '2025-09-10-02'],
  ['day', '2025-09-10'],
  ['month', '2025-09'],
] as const)('a %s is named %s', (interval, key) => {
  const atMs = Date.parse('2025-09-10T02:07:59.999Z');
  expect(intervalKey(interval, intervalStartMs(interval, atMs))).toBe(key);
});

it('intervals follow each other without gap, and each lies within the longer ones', () => {
  fc.assert(
    fc.property(time, (atMs) => {
      for (const [index, interval] of intervals.entries()) {
        const startedAtMs = intervalStartMs(interval, atMs);
        const endsAtMs = nextIntervalMs(interval, startedAtMs);
        expect(startedAtMs <= atMs && atMs < endsAtMs).toBe(true);
        expect(intervalStartMs(interval, endsAtMs)).toBe(endsAtMs);
        expect(intervalStartMs(interval, endsAtMs - 1)).toBe(startedAtMs);
        for (const longer of intervals.slice(index)) {
          expect(intervalStartMs(longer, startedAtMs)).toBe(intervalStartMs(longer, atMs));
        }
      }
    }),
  );
});

it('a longer interval says of calls what counting them all at once says', () => {
  fc.assert(
    fc.property(fc.array(fc.array(measure, { minLength: 1, maxLength: 8 }), { maxLength: 6 }), (minutes) => {
      const parts = minutes.map((calls, index) => bucketOf(index * 60_000, calls));
      const merged = mergeBuckets(0, [...parts].reverse());
      if (minutes.length === 0) return void expect(merged).toBeNull();
      const atOnce = bucketOf(0, minutes.flat());
      expect(merged?.revision).toBe(atOnce.revision);
      expect(merged?.ewmaSeconds).toBe(parts.at(-1)?.ewmaSeconds);
      for (const kind of ['codes', 'countries'] as const) {
        expect(new Set(Object.keys(merged?.tallies[kind] ?? {}))).toEqual(new Set(Object.keys(atOnce.tallies[kind])));
        for (const [key, [count, seconds]] of Object.entries(atOnce.tallies[kind])) {
          const [mergedCount = 0, mergedSeconds = 0] = merged?.tallies[kind][key] ?? [];
          expect(mergedCount).toBe(count);
          expect(mergedSeconds).toBeCloseTo(seconds, 6);
        }
      }
    }),
  );
});

it('every derived figure agrees with the plain count of the calls', () => {
  fc.assert(
    fc.property(fc.array(measure, { minLength: 1, maxLength: 30 }), (calls) => {
      const record = renderBucket('proxy_1', 'hour', bucketOf(DAY_MS, calls));
      for (const source of ['proxy', 'target'] as const) {
        const legs = calls.flatMap((call) => call[source] ?? []);
        if (legs.length === 0) {
          expect(record.countMap).not.toHaveProperty(source);
          continue;
        }
        const failures = legs.filter(({ code }) => code === 0 || code >= 400).length;
        const seconds = legs.reduce((sum, { seconds }) => sum + seconds, 0);
        expect(record.countMap[source]).toBe(legs.length);
        expect(record.errorCountMap[source]).toBe(failures);
        expect(record.successCountMap[source]).toBe(legs.length - failures);
        expect(record.totalResponseTimeMap[source]).toBeCloseTo(seconds, 3);
        expect(record.averageResponseTimeMap[source]).toBeCloseTo(seconds / legs.length, 3);
        expect(record.errorRateMap[source]).toBeCloseTo(failures / legs.length, 3);
        const perCountry = Object.entries(record.countryCountMap).filter(([key]) => key.endsWith(`:${source}`));
        expect(perCountry.reduce((sum, [, count]) => sum + count, 0)).toBe(legs.length);
      }
    }),
  );
});

it('is written as the reference writes it', () => {
  const calls: CallMeasure[] = [
    { atMs: 0, country: 'US', proxy: { code: 200, seconds: 1 }, target: { code: 200, seconds: 0.8 } },
    { atMs: 0, country: 'AU', proxy: { code: 429, seconds: 0.001 }, target: null },
  ];
  expect(renderBucket('proxy_1', 'hour', bucketOf(Date.UTC(2025, 8, 10, 2), calls))).toEqual({
    pKey: 'proxy_1',
    sKey: '2025-09-10-02',
    proxyId: 'proxy_1',
    countMap: { proxy: 2, target: 1 },
    successCountMap: { proxy: 1, target: 1 },
    errorCountMap: { proxy: 1, target: 0 },
    totalResponseTimeMap: { proxy: 1.001, target: 0.8 },
    codeCountMap: { '200:proxy': 1, '200:target': 1, '429:proxy': 1 },
    codeTotalRTMap: { '200:proxy': 1, '200:target': 0.8, '429:proxy': 0.001 },
    countryCountMap: { 'US:proxy': 1, 'US:target': 1, 'AU:proxy': 1 },
    countryTotalRTMap: { 'US:proxy': 1, 'US:target': 0.8, 'AU:proxy': 0.001 },
    averageResponseTimeMap: { proxy: 0.5005, target: 0.8 },
    successRateMap: { proxy: 0.5, target: 1 },
    errorRateMap: { proxy: 0.5, target: 0 },
    countryAverageRTMap: { 'US:proxy': 1, 'US:target': 0.8, 'AU:proxy': 0.001 },
    ewmaResponseTime: Math.round((1 + EWMA_ALPHA * (0.001 - 1)) * 10_000) / 10_000,
  });
});
