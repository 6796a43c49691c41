import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyInterval, intervalFor, startOf } from '../../../src/proxy-pool/stats/history.model.ts';
import { type CheckSample, historyIntervals, INTERVAL_MS } from '../../../src/proxy-pool/stats/history.types.ts';

const MINUTE_MS = 60_000;
const totals = (passed: number) => ({ passed, failed: 0, inconclusive: 0 });
const sample = (minute: number, passed: number): CheckSample => ({ takenAtMs: minute * MINUTE_MS, ...totals(passed) });

describe('the history of checks', () => {
  it('comes by minute for some hours, by hour for more', () => {
    expect([1, 6, 7, 720].map(intervalFor)).toEqual(['minute', 'minute', 'hour', 'hour']);
  });

  it('has every interval once, in order, and each check in one of them, whichever samples were taken', () => {
    const spans = fc.record({
      interval: fc.constantFrom(...historyIntervals),
      fromMs: fc.nat(1e9),
      spanMs: fc.nat(2e7),
      steps: fc.array(fc.record({ minutes: fc.integer({ min: 1, max: 200 }), checks: fc.nat(50) }), { maxLength: 20 }),
      live: fc.nat(50),
    });
    fc.assert(
      fc.property(spans, ({ interval, fromMs, spanMs, steps, live }) => {
        const nowMs = fromMs + spanMs;
        const startMs = startOf(interval, fromMs);
        let last = { ...sample(0, 100), takenAtMs: startMs };
        const samples = [last];
        for (const { minutes, checks } of steps) {
          last = { ...last, takenAtMs: last.takenAtMs + minutes * MINUTE_MS, passed: last.passed + checks };
          if (last.takenAtMs <= nowMs) samples.push(last);
        }
        const now = totals((samples.at(-1)?.passed ?? 0) + live);
        const intervals = everyInterval(interval, samples, { fromMs, nowMs, totals: now });
        expect(intervals.at(-1)?.startedAtMs).toBe(startOf(interval, nowMs));
        const isInPlace = ({ startedAtMs, passed }: { startedAtMs: number; passed: number }, index: number) =>
          startedAtMs === startMs + index * INTERVAL_MS[interval] && passed >= 0;
        expect(intervals.every(isInPlace)).toBe(true);
        expect(intervals.reduce((sum, { passed }) => sum + passed, 0)).toBe(now.passed - 100);
      }),
    );
  });

  it('takes the difference of what was known at its ends, of the running interval up to now', () => {
    const span = { fromMs: 0.5 * MINUTE_MS, nowMs: 3 * MINUTE_MS + 10_000, totals: totals(11) };
    const intervals = everyInterval('minute', [sample(0, 2), sample(1, 5), sample(3, 9)], span);
    expect(intervals.map(({ passed, seconds }) => [passed, seconds])).toEqual([
      [3, 60],
      [0, 60],
      [4, 60],
      [2, 10],
    ]);
  });

  it('knows nothing of the time before the first sample', () => {
    const span = { fromMs: 0, nowMs: 2 * MINUTE_MS, totals: totals(9) };
    expect(everyInterval('minute', [sample(1, 7)], span).map(({ passed }) => passed)).toEqual([0, 0, 2]);
    expect(everyInterval('minute', [], span).map(({ passed }) => passed)).toEqual([0, 0, 0]);
    expect(everyInterval('minute', [], span).at(-1)?.seconds).toBe(1);
  });
});
