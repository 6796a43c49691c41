import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import { type CheckSample, type CheckTotals, INTERVAL_MS } from './history.types.ts';

const TOTALS = sql`SELECT COALESCE(SUM(passed), 0) AS passed, COALESCE(SUM(failed), 0) AS failed,
  COALESCE(SUM(inconclusive), 0) AS inconclusive FROM pool_averages`;

/** Up to and with a full hour: what its sample is the newest of. */
const hourUntil = (column: string) => sql.raw(`(${column} - 1) / ${INTERVAL_MS.hour}`);

/** What the checks came to over time. The totals are written with the checks: `check-counts.store.ts`. */
export function createCheckHistoryStore(database: Database) {
  return {
    /** All rounds so far, by what they came to. */
    async totals(): Promise<CheckTotals> {
      const [row] = await database.all<CheckTotals>(TOTALS);
      return row ?? { passed: 0, failed: 0, inconclusive: 0 };
    },

    /** The samples since a time, oldest first, and the newest one before it. */
    samples(fromMs: number): Promise<CheckSample[]> {
      return database.all<CheckSample>(sql`SELECT taken_at AS takenAtMs, passed, failed, inconclusive FROM check_samples
        WHERE taken_at >= (SELECT COALESCE(MAX(taken_at), 0) FROM check_samples WHERE taken_at <= ${fromMs}) ORDER BY taken_at`);
    },

    /** Keeps the totals as those of a time, unless they are what they were. */
    async sample(takenAtMs: number): Promise<void> {
      await database.run(sql`INSERT OR IGNORE INTO check_samples (taken_at, passed, failed, inconclusive)
        SELECT ${takenAtMs}, passed, failed, inconclusive FROM (${TOTALS}) AS now
        WHERE (passed, failed, inconclusive) <> (
          SELECT passed, failed, inconclusive FROM check_samples ORDER BY taken_at DESC LIMIT 1)`);
    },

    /** Of the samples before `minutesBeforeMs` leaves the last one of each hour, of those before `hoursBeforeMs` the newest. */
    async forget(
      { minutesBeforeMs, hoursBeforeMs }: { minutesBeforeMs: number; hoursBeforeMs: number },
      maxRows: number,
    ) {
      await database.run(sql`DELETE FROM check_samples WHERE taken_at IN (
        SELECT old.taken_at FROM check_samples AS old WHERE old.taken_at < ${minutesBeforeMs} AND EXISTS (
          SELECT 1 FROM check_samples AS later WHERE later.taken_at > old.taken_at
            AND (later.taken_at < ${hoursBeforeMs} OR ${hourUntil('later.taken_at')} = ${hourUntil('old.taken_at')}))
        LIMIT ${maxRows})`);
    },
  };
}

export type CheckHistoryStore = ReturnType<typeof createCheckHistoryStore>;
