import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackOff, FIRST_PAUSE_MS, LONGEST_PAUSE_MS } from '../../src/cli/back-off.model.ts';
import { createCheckRate, RATE_WINDOW_MS } from '../../src/cli/check-rate.model.ts';

describe('pauses between tries', () => {
  it('grow to a limit, and begin anew after a success', () => {
    const backOff = createBackOff(() => 1);
    expect([1, 2, 3].map(() => backOff.nextMs())).toEqual([FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS]);
    for (let tries = 0; tries < 2_000; tries += 1) expect(backOff.nextMs()).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
    expect(backOff.nextMs()).toBe(LONGEST_PAUSE_MS);
    backOff.succeeded();
    expect(backOff.nextMs()).toBe(FIRST_PAUSE_MS);
  });

  it('are at least half of what they may be', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
        expect(createBackOff(() => random).nextMs()).toBeGreaterThanOrEqual(FIRST_PAUSE_MS / 2);
      }),
    );
  });
});

describe('the rate of checks', () => {
  it('is unknown until there is time to tell, then over what was heard', () => {
    const rate = createCheckRate();
    expect(rate.perSecond(0)).toBeNull();
    rate.begin(1_000);
    expect(rate.perSecond(1_000)).toBeNull();
    rate.add(2_000, 20);
    expect(rate.perSecond(3_000)).toBe(10);
    rate.forget();
    expect(rate.perSecond(4_000)).toBeNull();
  });

  it('is what happened within the window, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ afterMs: fc.nat(5_000), count: fc.nat(100) })), (batches) => {
        const rate = createCheckRate();
        rate.begin(0);
        let nowMs = RATE_WINDOW_MS;
        const seen = batches.map(({ afterMs, count }) => {
          nowMs += afterMs;
          rate.add(nowMs, count);
          return { atMs: nowMs, count };
        });
        const within = seen.filter(({ atMs }) => atMs > nowMs - RATE_WINDOW_MS);
        const sum = within.reduce((total, { count }) => total + count, 0);
        expect(rate.perSecond(nowMs)).toBeCloseTo((sum * 1_000) / RATE_WINDOW_MS, 6);
      }),
    );
  });
});
