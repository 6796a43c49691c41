import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anonymityLevels } from '../../../src/proxy-pool/proxies/proxies.types.ts';
import {
  nextLatencyMs,
  nextUptime,
  RECENCY_WINDOW_MS,
  recencyOf,
  SCORE_WEIGHTS,
  type ScoredFacts,
  scoreOf,
} from '../../../src/proxy-pool/scoring/scoring.model.ts';

const NOW_MS = 1_800_000_000_000;

const facts: fc.Arbitrary<ScoredFacts> = fc.record({
  uptime: fc.double({ min: 0, max: 1, noNaN: true }),
  avgLatencyMs: fc.option(fc.double({ min: 0, max: 20_000, noNaN: true })),
  lastPassedAtMs: fc.option(fc.integer({ min: NOW_MS - 2 * RECENCY_WINDOW_MS, max: NOW_MS })),
  anonymity: fc.option(fc.constantFrom(...anonymityLevels)),
});

describe('score', () => {
  it('is what the contract says, in examples', () => {
    const best = { uptime: 1, avgLatencyMs: 0, lastPassedAtMs: NOW_MS, anonymity: 'elite' } as const;
    expect(scoreOf(best, NOW_MS)).toBe(1);
    expect(scoreOf({ ...best, anonymity: 'anonymous' }, NOW_MS)).toBe(0.95);
    expect(scoreOf({ ...best, anonymity: 'transparent' }, NOW_MS)).toBe(0.9);
    expect(scoreOf({ ...best, avgLatencyMs: 500 }, NOW_MS)).toBe(0.91);
    expect(scoreOf({ ...best, avgLatencyMs: 2_000 }, NOW_MS)).toBe(0.65);
    expect(scoreOf({ ...best, avgLatencyMs: 9_000 }, NOW_MS)).toBe(0.65);
    expect(scoreOf({ ...best, uptime: 0.5 }, NOW_MS)).toBe(0.8);
    expect(scoreOf({ ...best, lastPassedAtMs: NOW_MS - RECENCY_WINDOW_MS }, NOW_MS)).toBe(0.85);
    expect(Object.values(SCORE_WEIGHTS).reduce<number>((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
  });

  it('lies between 0 and 1 and has two decimals, whatever is known', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const score = scoreOf(known, NOW_MS);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(Math.round(score * 100) / 100).toBe(score);
      }),
    );
  });

  it('never falls when a proxy gets faster, steadier or less conspicuous', () => {
    fc.assert(
      fc.property(facts, fc.double({ min: 0, max: 1, noNaN: true }), (known, share) => {
        const score = scoreOf(known, NOW_MS);
        const faster = known.avgLatencyMs === null ? 0 : known.avgLatencyMs * share;
        expect(scoreOf({ ...known, avgLatencyMs: faster }, NOW_MS)).toBeGreaterThanOrEqual(score);
        expect(scoreOf({ ...known, uptime: Math.max(known.uptime, share) }, NOW_MS)).toBeGreaterThanOrEqual(score);
        expect(scoreOf({ ...known, anonymity: 'elite' }, NOW_MS)).toBeGreaterThanOrEqual(score);
        expect(scoreOf({ ...known, lastPassedAtMs: NOW_MS }, NOW_MS)).toBeGreaterThanOrEqual(score);
      }),
    );
  });
});

describe('averages', () => {
  it('one bad hour of a perfect proxy shows: twelve failed rounds take most of its uptime', () => {
    let uptime = 1;
    for (let round = 0; round < 12; round += 1) uptime = nextUptime(uptime, false);
    expect(uptime).toBeLessThan(0.3);
  });

  it('uptime stays between 0 and 1 and goes toward the newest outcome', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (outcomes) => {
        let uptime: number | null = null;
        for (const passed of outcomes) {
          const next = nextUptime(uptime, passed);
          expect(next).toBeGreaterThanOrEqual(0);
          expect(next).toBeLessThanOrEqual(1);
          if (uptime !== null) expect(passed ? next >= uptime : next <= uptime).toBe(true);
          uptime = next;
        }
      }),
    );
  });

  it('the first latency is its own average, later ones stay between the extremes seen', () => {
    expect(nextLatencyMs(null, 123.44)).toBe(123.4);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 15_000 }), { minLength: 1, maxLength: 40 }), (latencies) => {
        const average = latencies.reduce<number | null>((known, latencyMs) => nextLatencyMs(known, latencyMs), null);
        expect(average).toBeGreaterThanOrEqual(Math.min(...latencies) - 0.5);
        expect(average).toBeLessThanOrEqual(Math.max(...latencies) + 0.5);
      }),
    );
  });

  it('recency falls from 1 now to 0 after its window, and is 0 for one that never passed', () => {
    expect(recencyOf(null, NOW_MS)).toBe(0);
    expect(recencyOf(NOW_MS - RECENCY_WINDOW_MS / 2, NOW_MS)).toBe(0.5);
    expect(recencyOf(NOW_MS - 5 * RECENCY_WINDOW_MS, NOW_MS)).toBe(0);
    // A clock that was set back makes nothing better than now.
    expect(recencyOf(NOW_MS + 1_000, NOW_MS)).toBe(1);
  });
});
