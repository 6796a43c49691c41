import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyNews, applyPulled } from '../../../src/proxy-pool/leases/book-content.model.ts';
import { type BookState, createBookState } from '../../../src/proxy-pool/leases/book-state.model.ts';
import type { BookProxyRow } from '../../../src/proxy-pool/leases/lease-book.types.ts';

/** A history of changes: the place in it is the revision, as the inventory gives it in commit order. */
const history = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      leasable: fc.boolean(),
      score: fc.constantFrom(0.1, 0.5, 0.9),
      country: fc.constantFrom('US', 'DE'),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((changes) =>
    changes.map(
      (change, index): BookProxyRow => ({
        ...change,
        ip: '203.0.113.1',
        port: 80,
        protocol: 'http',
        anonymity: null,
        latencyMs: null,
        username: null,
        passwordSealed: null,
        revision: index + 1,
      }),
    ),
  );

function newest(rows: readonly BookProxyRow[]): BookProxyRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...byId.values()].filter((row) => row.leasable).sort((left, right) => (left.id < right.id ? -1 : 1));
}

function content(state: BookState) {
  return [...state.proxies.values()]
    .filter((proxy) => proxy.leasable)
    .map(({ id, revision, country, scoreHundredths }) => ({ id, revision, country, scoreHundredths }))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

const expected = (rows: readonly BookProxyRow[]) =>
  newest(rows).map(({ id, revision, country, score }) => ({
    id,
    revision,
    country,
    scoreHundredths: Math.round(score * 100),
  }));

it('comes to the same content whatever the order of the news, and when all of it comes twice', () => {
  fc.assert(
    fc.property(
      history.chain((rows) =>
        fc.tuple(fc.constant(rows), fc.shuffledSubarray([...rows, ...rows], { minLength: rows.length * 2 })),
      ),
      ([rows, shuffled]) => {
        const state = createBookState(1);
        for (const row of shuffled) applyNews(state, [row], 0);
        expect(content(state)).toEqual(expected(rows));
        expect(state.index.freeCount).toBe(expected(rows).length);
      },
    ),
    { numRuns: 500 },
  );
});

it('is not misled by late news of what a pull has told, and forgets tombstones that a pull has passed', () => {
  fc.assert(
    fc.property(history, fc.nat(20), fc.nat(), (rows, pullAt, seed) => {
      const state = createBookState(1);
      const at = Math.min(pullAt, rows.length);
      const early = rows.slice(0, at);
      for (const [index, row] of early.entries()) if ((index + seed) % 2 === 0) applyNews(state, [row], 0);
      // What the inventory gives to a pull: each proxy as it is now, in order of revision.
      const current = [...new Map(early.map((row) => [row.id, row])).values()].sort((a, b) => a.revision - b.revision);
      applyPulled(state, { rows: current, watermark: at }, 0);
      for (const row of [...early].reverse()) applyNews(state, [row], 0);
      expect(content(state)).toEqual(expected(early));
      expect(state.proxies.size).toBe(expected(early).length);
      for (const row of rows.slice(at).reverse()) applyNews(state, [row], 0);
      expect(content(state)).toEqual(expected(rows));
    }),
    { numRuns: 500 },
  );
});
