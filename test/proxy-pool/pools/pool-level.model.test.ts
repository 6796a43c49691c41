import fc from 'fast-check';
import { expect, it } from 'vitest';
import { levelOf, type PoolLevel, recoveryLevel } from '../../../src/proxy-pool/pools/pool-level.model.ts';

it('a pool that is being filled is not low; one that fell is, until it is well above the threshold again', () => {
  const levels: (PoolLevel | null)[] = [];
  let level: PoolLevel | null = null;
  for (const leasable of [0, 5, 9, 12, 13, 10, 9, 3, 9, 10, 12, 13, 9]) {
    level = levelOf(level, leasable, 10);
    levels.push(level);
  }
  const full = 'full';
  const low = 'low';
  expect(levels).toEqual([null, null, null, null, full, full, low, low, low, low, low, full, low]);
});

it('between two falls there is always a recovery, and a threshold of 0 is never reached', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.array(fc.nat({ max: 60 })), (threshold, counts) => {
      let level: PoolLevel | null = null;
      let hasRecovered = false;
      for (const leasable of counts) {
        const next = levelOf(level, leasable, threshold);
        hasRecovered ||= leasable >= recoveryLevel(threshold);
        if (next === 'low' && level !== 'low') {
          expect(hasRecovered && leasable < threshold && threshold > 0).toBe(true);
          hasRecovered = false;
        }
        level = next;
      }
    }),
  );
});
