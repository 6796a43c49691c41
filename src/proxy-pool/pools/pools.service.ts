import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { PoolsStore } from './pools.store.ts';
import { MAX_POOLS, type Pool } from './pools.types.ts';

/** How old an isolate's list of pools may be. Pools are only ever added: an old list lacks the newest, no more. */
export const POOLS_CACHE_MS = 30_000;

interface Listed {
  pools: Pool[];
  readAtMs: number;
}

/** What an isolate remembers of the pools, across requests. */
export interface PoolsCache {
  listed: Listed | null;
}

export function createPoolsCache(): PoolsCache {
  return { listed: null };
}

interface Dependencies {
  store: PoolsStore;
  clock: Clock;
  cache: PoolsCache;
}

export function createPoolsService({ store, clock, cache }: Dependencies) {
  async function read(): Promise<Pool[]> {
    const pools = await store.list();
    cache.listed = { pools, readAtMs: clock.nowMs() };
    return pools;
  }

  async function listPools(): Promise<Pool[]> {
    const { listed } = cache;
    const ageMs = listed === null ? Number.POSITIVE_INFINITY : clock.nowMs() - listed.readAtMs;
    return listed !== null && ageMs >= 0 && ageMs <= POOLS_CACHE_MS ? listed.pools : read();
  }

  /** Looks in the cache, and once more in the database for one that is newer. */
  async function find(matches: (pool: Pool) => boolean): Promise<Pool | null> {
    return (await listPools()).find(matches) ?? (await read()).find(matches) ?? null;
  }

  return {
    /** All pools by number, at most POOLS_CACHE_MS old. */
    listPools,

    /** The number of a pool, or null when nobody made one of this name. At most POOLS_CACHE_MS behind for new names. */
    async numberOf(name: string): Promise<number | null> {
      return (await listPools()).find((pool) => pool.name === name)?.number ?? null;
    },

    /** The name of a pool by its number, or null. */
    async nameOf(number: number): Promise<string | null> {
      return (await find((pool) => pool.number === number))?.name ?? null;
    },

    /** The number of a pool, which is made when there is none of this name. Throws `TOO_MANY_POOLS`. */
    async ensurePool(name: string): Promise<number> {
      const known = await find((pool) => pool.name === name);
      if (known) return known.number;
      await store.insert(name, clock.nowMs());
      const made = (await read()).find((pool) => pool.name === name);
      if (!made) throw appError('TOO_MANY_POOLS', { details: { limit: MAX_POOLS } });
      return made.number;
    },
  };
}

export type PoolsService = ReturnType<typeof createPoolsService>;
