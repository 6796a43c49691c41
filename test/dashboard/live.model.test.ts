import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../src/dashboard/live/retry.model.ts';
import { appendTail, joinTail, MAX_TAIL_ITEMS } from '../../src/dashboard/live/tail.model.ts';
import { logFiltersOf, logQueryOf } from '../../src/dashboard/views/logs/log-filters.model.ts';

describe('a live list', () => {
  it('has each item once and in order, whatever was listed before or after the stream began', () => {
    const moments = fc
      .tuple(fc.nat(50), fc.nat(50), fc.nat(50))
      .map((parts) => [...parts].sort((left, right) => left - right));
    fc.assert(
      fc.property(moments, ([streamFrom = 0, listedTo = 0, count = 0]) => {
        const all = Array.from({ length: count }, (_item, index) => `item ${index}`);
        const joined = joinTail(all.slice(0, listedTo), all.slice(streamFrom), (item) => item);
        expect(joined).toEqual(all);
      }),
    );
  });

  it('has all of both where nothing is in both', () => {
    expect(joinTail(['a', 'b'], ['c', 'b'], (item) => item)).toEqual(['a', 'b', 'c', 'b']);
    expect(joinTail([], ['c'], (item) => item)).toEqual(['c']);
  });

  it('keeps the newest of very many', () => {
    const items = appendTail(
      Array.from({ length: MAX_TAIL_ITEMS }, (_item, index) => index),
      [-1],
    );
    expect([items.length, items[0], items.at(-1)]).toEqual([MAX_TAIL_ITEMS, 1, -1]);
  });

  it('is asked for again soon, then every eight seconds', () => {
    expect([1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });
});

describe('the filters of logs', () => {
  it('are what the hash says; a pattern that is not there is no regular expression', () => {
    const filters = logFiltersOf(new URLSearchParams('process=validator&regex=true&evil=1'));
    expect(logQueryOf(filters).toString()).toBe('process=validator');
    expect(logQueryOf({ ...filters, pattern: '^a b' }).toString()).toBe('process=validator&pattern=%5Ea+b&regex=true');
  });
});
