import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import { pools } from '../proxies/proxies.tables.ts';
import { MAX_POOLS, type Pool } from './pools.types.ts';

export function createPoolsStore(database: Database) {
  return {
    /** All pools by number; there are MAX_POOLS at most. */
    list(): Promise<Pool[]> {
      return database.select({ number: pools.number, name: pools.name }).from(pools).orderBy(pools.number);
    },

    /** Adds a pool under the next free number, in one statement; nothing when the name, or every number, is taken. */
    async insert(name: string, nowMs: number): Promise<void> {
      await database.run(sql`
        INSERT INTO pools (number, name, created_at)
        SELECT next.number, ${name}, ${nowMs} FROM (SELECT COALESCE(MAX(number), -1) + 1 AS number FROM pools) AS next
        WHERE next.number < ${MAX_POOLS}
        ON CONFLICT (name) DO NOTHING`);
    },
  };
}

export type PoolsStore = ReturnType<typeof createPoolsStore>;
