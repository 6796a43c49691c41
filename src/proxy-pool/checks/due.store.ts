import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { CheckRequest } from './check-message.types.ts';

export function createDueStore(database: Database) {
  return {
    /** Proxies due before `dueAtMs`, the most valuable first: active by score, then unchecked, then dead; each by index. */
    async findDue(dueAtMs: number, maxProxies: number): Promise<CheckRequest[]> {
      const parts = [
        sql`SELECT id, round FROM proxies WHERE status = 'active' AND next_check_at <= ${dueAtMs} ORDER BY score DESC`,
        // The condition of the partial index, word for word: without it the index would not be used.
        ...['unchecked', 'dead'].map((status) => {
          return sql`SELECT id, round FROM proxies WHERE status IN ('unchecked', 'dead') AND next_check_at <= ${dueAtMs}
            AND +status = ${status} ORDER BY next_check_at`;
        }),
      ];
      const due: CheckRequest[] = [];
      for (const part of parts) {
        const room = maxProxies - due.length;
        if (room <= 0) break;
        due.push(...(await database.all<CheckRequest>(sql`${part} LIMIT ${room}`)));
      }
      return due;
    },

    /** Forgets the counts of sweeps that began before `beforeMs`. */
    async pruneSweeps(beforeMs: number): Promise<void> {
      await database.run(sql`DELETE FROM sweeps WHERE started_at < ${beforeMs}`);
    },
  };
}

export type DueStore = ReturnType<typeof createDueStore>;
