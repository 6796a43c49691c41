import type { Clock } from '../../platform/clock.ts';
import type { ListProxiesQuery, ProxyFilters } from './proxies.schemas.ts';
import type { ProxiesStore } from './proxies.store.ts';
import type { ProxyTotalsStore } from './proxy-totals.store.ts';

/** How old a count by range may be (contract, "Pool": counted by index, cached). */
export const RANGE_TOTAL_CACHE_MS = 10_000;
/** Totals that an isolate remembers, a few hundred bytes each. */
export const MAX_CACHED_TOTALS = 500;

/** Totals by filters, one map for each isolate. */
export type TotalsCache = Map<string, { total: number; countedAtMs: number }>;

interface Dependencies {
  store: Pick<ProxiesStore, 'count'>;
  totals: ProxyTotalsStore;
  clock: Clock;
  cache: TotalsCache;
}

/** Ranges that no group answers: they move with every check. */
function hasRange(query: ProxyFilters): boolean {
  const { max_latency_ms: latency, min_uptime_pct: uptime, verified_within_minutes: minutes } = query;
  return latency !== undefined || uptime !== undefined || minutes !== undefined;
}

export function createProxyTotals({ store, totals, clock, cache }: Dependencies) {
  async function countRange(query: ListProxiesQuery): Promise<number> {
    const { sort: _sort, order: _order, limit: _limit, cursor: _cursor, ...filters } = query;
    const name = JSON.stringify(Object.entries(filters).sort());
    const nowMs = clock.nowMs();
    const cached = cache.get(name);
    if (cached && nowMs - cached.countedAtMs < RANGE_TOTAL_CACHE_MS && nowMs >= cached.countedAtMs) return cached.total;
    const total = await store.count(query, nowMs);
    if (cache.size >= MAX_CACHED_TOTALS) cache.delete(cache.keys().next().value ?? '');
    cache.delete(name);
    cache.set(name, { total, countedAtMs: nowMs });
    return total;
  }

  return {
    /** Proxies that pass the filters: exact from the counters; for ranges counted row by row, RANGE_TOTAL_CACHE_MS old at most. */
    count: (query: ListProxiesQuery): Promise<number> =>
      hasRange(query) ? countRange(query) : totals.countGroups(query),
  };
}

export type ProxyTotals = ReturnType<typeof createProxyTotals>;
