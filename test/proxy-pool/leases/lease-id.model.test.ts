import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUuid, smallestIdAt } from '../../../src/platform/ids.ts';
import { createLeaseId, leaseIdTimeMs, poolNumberOf } from '../../../src/proxy-pool/leases/lease-id.model.ts';

it('is a UUID v7 that carries its time and its pool, and sorts by time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4095 }),
      fc.integer({ min: 1, max: 2 ** 47 }),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      (poolNumber, nowMs, bytes) => {
        const id = createLeaseId({ poolNumber, nowMs, random: () => bytes });
        expect([isUuid(id), poolNumberOf(id), leaseIdTimeMs(id)]).toEqual([true, poolNumber, nowMs]);
        expect(smallestIdAt(nowMs) <= id && id < smallestIdAt(nowMs + 1)).toBe(true);
      },
    ),
  );
});

it('refuses a pool number that has more than 12 bits, and knows no pool for what is no lease id', () => {
  for (const poolNumber of [-1, 4096, 1.5, Number.NaN]) {
    expect(() => createLeaseId({ poolNumber, nowMs: 1 })).toThrow(RangeError);
  }
  const valid = createLeaseId({ poolNumber: 5, nowMs: 1 });
  for (const text of ['', 'x', valid.toUpperCase().replace('0', 'A'), `${valid} `, crypto.randomUUID()]) {
    expect(poolNumberOf(text)).toBeNull();
  }
});
