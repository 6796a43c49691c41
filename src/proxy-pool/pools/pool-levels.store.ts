import { createId } from '../../platform/ids.ts';
import type { PoolLevel } from './pool-level.model.ts';

export interface PoolCount {
  number: number;
  name: string;
  leasable: number;
  /** As it was last noted. */
  level: PoolLevel | null;
}

export interface LevelChange {
  poolNumber: number;
  level: PoolLevel;
  /** What the notifiers are told when this is a fall; never a secret. */
  payload: Readonly<Record<string, unknown>>;
}

export function createPoolLevelsStore(binding: D1Database) {
  return {
    /** Every pool, how many leasable proxies it has, and its level as it was. Reads the active proxies. */
    async counts(): Promise<PoolCount[]> {
      const { results } = await binding
        .prepare(
          `SELECT pools.number, pools.name, COALESCE(counted.leasable, 0) AS leasable, pool_levels.level
           FROM pools LEFT JOIN pool_levels ON pool_levels.pool_number = pools.number LEFT JOIN (
             SELECT pool_number, SUM(leasable) AS leasable FROM proxies WHERE status = 'active' GROUP BY pool_number
           ) AS counted ON counted.pool_number = pools.number`,
        )
        .all<PoolCount>();
      return results;
    },

    /** Notes a pool's level, and tells of a fall in the same transaction; once, however many notice it. */
    async note({ poolNumber, level, payload }: LevelChange, nowMs: number): Promise<void> {
      await binding.batch([
        binding
          .prepare(
            `INSERT INTO outbox (id, type, payload, created_at) SELECT ?1, 'proxy.pool_low', ?2, ?3
             FROM pool_levels WHERE pool_number = ?4 AND level = 'full' AND ?5 = 'low'`,
          )
          .bind(createId(), JSON.stringify(payload), nowMs, poolNumber, level),
        binding
          .prepare(
            `INSERT INTO pool_levels (pool_number, level, changed_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (pool_number) DO UPDATE SET level = excluded.level, changed_at = excluded.changed_at`,
          )
          .bind(poolNumber, level, nowMs),
      ]);
    },
  };
}

export type PoolLevelsStore = ReturnType<typeof createPoolLevelsStore>;
