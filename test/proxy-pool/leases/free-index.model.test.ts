import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSortedList } from '../../../src/platform/collections/sorted-list.model.ts';
import { type BookProxy, createBookProxy } from '../../../src/proxy-pool/leases/book-proxy.model.ts';
import {
  compareByLatency,
  compareByMerit,
  compareByUse,
  createFreeIndex,
  matchesFilters,
} from '../../../src/proxy-pool/leases/free-index.model.ts';
import { type LeaseFilters, leasePreferences } from '../../../src/proxy-pool/leases/lease-book.types.ts';

const proxyArbitrary = fc.record({
  protocol: fc.constantFrom('http' as const, 'socks5' as const),
  country: fc.constantFrom('US', 'DE', null),
  anonymity: fc.constantFrom('elite' as const, null),
  score: fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100),
  leaseSequence: fc.nat(3),
  latencyMs: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
  endsInMs: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: null }),
});

const filtersArbitrary: fc.Arbitrary<LeaseFilters> = fc.record({
  protocol: fc.constantFrom('http' as const, 'socks4' as const, null),
  country: fc.constantFrom('US', 'FR', null),
  anonymity: fc.constantFrom('elite' as const, null),
  minScore: fc.option(
    fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100),
    { nil: null },
  ),
  exclude: fc.array(
    fc.nat(59).map((index) => `p${index}`),
    { maxLength: 20 },
  ),
  prefer: fc.constantFrom(...leasePreferences),
});

const orders = { best: compareByMerit, fastest: compareByLatency, least_used: compareByUse };

function toProxies(
  drafts: readonly (typeof proxyArbitrary extends fc.Arbitrary<infer Draft> ? Draft : never)[],
): BookProxy[] {
  return drafts.map(({ leaseSequence, endsInMs, ...draft }, index) => {
    const row = { ...draft, id: `p${index}`, ip: '203.0.113.1', port: 80, username: null };
    const proxy = createBookProxy({ ...row, passwordSealed: null, leasable: true, revision: 1 });
    proxy.leaseSequence = leaseSequence;
    if (endsInMs !== null) {
      proxy.lease = {
        id: `l${index}`,
        accountId: 'a',
        acquiredAtMs: 0,
        expiresAtMs: endsInMs,
        state: 'live',
        renewal: null,
      };
    }
    return proxy;
  });
}

describe('the free index', () => {
  it('finds what a look at every proxy finds, while proxies come and go', () => {
    fc.assert(
      fc.property(
        fc.array(proxyArbitrary, { maxLength: 60 }),
        fc.array(fc.nat(59), { maxLength: 30 }),
        filtersArbitrary,
        (drafts, removals, filters) => {
          const index = createFreeIndex();
          const present = new Set(toProxies(drafts));
          const all = [...present];
          for (const proxy of all) index.add(proxy);
          for (const at of removals) {
            const proxy = all[at];
            if (proxy === undefined || !present.delete(proxy)) continue;
            index.remove(proxy);
          }
          const matching = [...present].filter((proxy) => matchesFilters(proxy, filters));
          const { prefer = 'best' } = filters;
          const free = matching.filter((proxy) => proxy.lease === null);
          const ends = matching.flatMap((proxy) => (proxy.lease ? [proxy.lease.expiresAtMs] : []));
          const chosen = index.best(filters);
          if (prefer === 'random') expect(chosen === null ? free.length === 0 : free.includes(chosen)).toBe(true);
          else expect(chosen).toBe(free.sort(orders[prefer])[0] ?? null);
          expect(index.earliestEndMs(filters)).toBe(ends.length === 0 ? null : Math.min(...ends));
          expect(index.freeCount + index.leasedCount).toBe(present.size);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('gives whoever prefers any each match as often as the others', () => {
    let place = 0;
    const index = createFreeIndex(() => place / 700);
    const proxies = toProxies(
      Array.from({ length: 10 }, (_, number) => {
        const country = number % 2 ? ('US' as const) : null;
        const draft = { protocol: 'http' as const, country, anonymity: null, leaseSequence: 0, endsInMs: null };
        return { ...draft, latencyMs: null, score: number < 3 ? 0.1 : 0.5 + number / 100 };
      }),
    );
    for (const proxy of proxies) index.add(proxy);
    const filters = { protocol: null, country: null, anonymity: null, minScore: 0.5, prefer: 'random' as const };
    const times = new Map<string, number>();
    for (; place < 700; place += 1) {
      const id = index.best(filters)?.id ?? 'none';
      times.set(id, (times.get(id) ?? 0) + 1);
    }
    expect([...times.values()]).toEqual(Array.from({ length: 7 }, () => 100));
    const exclude = proxies.slice(0, 9).map(({ id }) => id);
    place = 0;
    expect(index.best({ ...filters, exclude })?.id).toBe('p9');
    expect(index.best({ ...filters, exclude: proxies.map(({ id }) => id) })).toBeNull();
  });

  it('takes a minimum score of two decimals as it is written', () => {
    for (let hundredths = 0; hundredths <= 100; hundredths += 1) {
      const [proxy] = toProxies([
        {
          protocol: 'http',
          country: null,
          anonymity: null,
          score: hundredths / 100,
          latencyMs: null,
          leaseSequence: 0,
          endsInMs: null,
        },
      ]);
      if (!proxy) throw new Error('no proxy');
      const filters = { protocol: null, country: null, anonymity: null };
      expect(matchesFilters(proxy, { ...filters, minScore: hundredths / 100 })).toBe(true);
      expect(matchesFilters(proxy, { ...filters, minScore: (hundredths + 1) / 100 })).toBe(false);
    }
  });
});

describe('the sorted list', () => {
  it('stays sorted over many blocks and forgets what is removed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { maxLength: 3_000, minLength: 1_000 }), fc.nat(), (numbers, seed) => {
        const list = createSortedList<number>((left, right) => left - right);
        for (const number of numbers) list.add(number);
        const gone = new Set(numbers.filter((_, index) => (index * 7 + seed) % 3 === 0));
        for (const number of gone) expect(list.remove(number)).toBe(true);
        for (const number of gone) expect(list.remove(number)).toBe(false);
        const left = numbers.filter((number) => !gone.has(number)).sort((a, b) => a - b);
        expect([...list.values()]).toEqual(left);
        expect([list.size, list.first()]).toEqual([left.length, left[0]]);
        const place = seed % (left.length + 1);
        expect(list.at(place)).toBe(left[place]);
        const bound = left[place] ?? Number.POSITIVE_INFINITY;
        expect(list.countBefore((number) => number < bound)).toBe(place);
      }),
      { numRuns: 30 },
    );
  });
});
