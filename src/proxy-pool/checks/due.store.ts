import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { CheckRequest } from './check-message.types.ts';

/** How many proxies may be found: of the active ones, and, as long as they leave room, of all. */
export interface DueRoom {
  good: number;
  all: number;
}

export function createDueStore(database: Database) {
  return {
    /** Proxies due before `dueAtMs`, the most valuable first: active by score, then unchecked, then dead; each by index. */
    async findDue(dueAtMs: number, room: DueRoom): Promise<CheckRequest[]> {
      const active = sql`SELECT id, round FROM proxies WHERE status = 'active' AND next_check_at <= ${dueAtMs}
        ORDER BY score DESC LIMIT ${Math.max(room.good, 0)}`;
      const due = await database.all<CheckRequest>(active);
      for (const status of ['unchecked', 'dead']) {
        const left = room.all - due.length;
        if (left <= 0) break;
        // The condition of the partial index, word for word: without it the index would not be used.
        const others = sql`SELECT id, round FROM proxies WHERE status IN ('unchecked', 'dead') AND next_check_at <= ${dueAtMs}
          AND +status = ${status} ORDER BY next_check_at LIMIT ${left}`;
        due.push(...(await database.all<CheckRequest>(others)));
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
