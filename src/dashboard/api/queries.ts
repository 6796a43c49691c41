import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery } from '@tanstack/preact-query';
import type { Account, Credits, Lease, Page, PoolStats } from '../../api-client/pool.types.ts';
import { call } from './call.ts';

/** Figures move with every batch of checks. */
const FIGURES_EVERY_MS = 5_000;
/** What an account has changes by its own doing, or when a lease ends. */
const OWN_EVERY_MS = 10_000;

/** Asks for a path, and again every so often while the page is looked at. */
export function useAnswer<Answer>(path: string, everyMs?: number) {
  return useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => call<Answer>('GET', path, { signal }),
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

/** The API's largest page. */
export const PAGE_ITEMS = 200;

const PAGES = 'pages';

/**
 * A list, page after page as it is scrolled. It stays as it was when it was asked for: what is already read must not move.
 */
export function usePages<Item>(path: string, query: URLSearchParams) {
  return useInfiniteQuery({
    queryKey: [PAGES, path, query.toString()],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams(query);
      search.set('limit', String(PAGE_ITEMS));
      if (pageParam !== null) search.set('cursor', pageParam);
      return call<Page<Item>>('GET', `${path}?${search}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    // A hundred thousand rows are compared with nothing, and not asked for again one page after the other.
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnReconnect: false,
  });
}

/** A list that is short and has just been changed: read again in its place, as far as it was read. */
export function readAgain(client: QueryClient, path: string): Promise<void> {
  return client.invalidateQueries({ queryKey: [PAGES, path] });
}

/** Everything that is shown, anew; lists begin again with their first page. */
export async function loadAnew(client: QueryClient): Promise<void> {
  await Promise.all([
    client.resetQueries({ queryKey: [PAGES] }),
    client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== PAGES }),
  ]);
}

export const useAccount = () => useAnswer<Account>('/account');
export const usePoolStats = () => useAnswer<PoolStats>('/stats/pool', FIGURES_EVERY_MS);
export const useCredits = () => useAnswer<Credits>('/account/credits', OWN_EVERY_MS);
export const useLeases = () => useAnswer<{ items: Lease[] }>('/account/leases', OWN_EVERY_MS);
