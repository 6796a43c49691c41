import { toLeasedProxy } from './book-proxy.model.ts';
import type { BookState } from './book-state.model.ts';
import { compareByMerit, matchesFilters } from './free-index.model.ts';
import type { CandidatesRequest, CandidatesResult } from './lease-book.types.ts';

/** The best matches that are free, and the caller's own leased ones among them; changes nothing. */
export function findCandidates(state: BookState, request: CandidatesRequest, nowMs: number): CandidatesResult {
  const { accountId, filters, maxProxies } = request;
  const own = [...(state.leasesByAccount.get(accountId)?.values() ?? [])].filter((proxy) => {
    const isLive = proxy.lease?.state === 'live' && proxy.lease.expiresAtMs > nowMs;
    return isLive && proxy.leasable && matchesFilters(proxy, filters);
  });
  const best = [...state.index.bestMany(filters, maxProxies), ...own].sort(compareByMerit).slice(0, maxProxies);
  const areAllLeased = best.length === 0 && state.index.earliestEndMs(filters) !== null;
  return { ok: true, items: best.map(toLeasedProxy), areAllLeased };
}
