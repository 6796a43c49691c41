import { sql } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import type { Write } from '../platform/db/writes.ts';
import type { SessionEventType } from './sessions.types.ts';

export interface NewEventRow {
  sessionId: string;
  eventType: SessionEventType;
  /** JSON text. */
  details: string;
}

/** The last event's id of the account `?n`; for an answer made by SQL. */
export const lastEventIdOf = (parameter: string) =>
  `(SELECT last_id FROM session_event_ids WHERE account_id = ${parameter})`;

const TAKE_IDS = `INSERT INTO session_event_ids (account_id, last_id) VALUES (?1, ?2)
  ON CONFLICT DO UPDATE SET last_id = last_id + excluded.last_id`;

/** A session that is not there has no number, which the table does not take: nothing of the batch is then written. */
const INSERT = `INSERT INTO session_events (account_id, id, session_number, event_type, created_at, details)
  SELECT ?1, ${lastEventIdOf('?1')} - ?2 + item.key + 1,
    (SELECT number FROM sessions WHERE account_id = ?1 AND session_id = item.value ->> 'sessionId'),
    item.value ->> 'eventType', ?3, item.value ->> 'details'
  FROM json_each(?4) AS item`;

const COUNT_IN_SESSIONS = `UPDATE sessions SET events = sessions.events + counted.events
  FROM (SELECT item.value ->> 'sessionId' AS session_id, COUNT(*) AS events FROM json_each(?2) AS item GROUP BY 1) AS counted
  WHERE sessions.account_id = ?1 AND sessions.session_id = counted.session_id`;

const COUNT_BY_TYPE = `INSERT INTO session_event_totals (account_id, event_type, events)
  SELECT ?1, item.value ->> 'eventType', COUNT(*) FROM json_each(?2) AS item WHERE true GROUP BY 2
  ON CONFLICT DO UPDATE SET events = events + excluded.events`;

/** How events come into the database. */
export function createEventWritesStore(database: Database) {
  return {
    /** The writes of new events, in their order; a session that is not there breaks them all (`session_number`). */
    insertion(accountId: string, events: readonly NewEventRow[], nowMs: number): Write[] {
      const list = JSON.stringify(events);
      return [
        [TAKE_IDS, accountId, events.length],
        [INSERT, accountId, events.length, nowMs, list],
        [COUNT_IN_SESSIONS, accountId, list],
        [COUNT_BY_TYPE, accountId, list],
      ];
    },

    /** Those of these sessions that the account does not have. */
    async missingSessions(accountId: string, sessionIds: readonly string[]): Promise<Set<string>> {
      const rows = await database.all<{ sessionId: string }>(sql`
        SELECT asked.value AS sessionId FROM json_each(${JSON.stringify(sessionIds)}) AS asked
        WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE account_id = ${accountId} AND session_id = asked.value)`);
      return new Set(rows.map(({ sessionId }) => sessionId));
    },
  };
}

export type EventWritesStore = ReturnType<typeof createEventWritesStore>;
