import { prepareWrite, type Write } from '../platform/db/writes.ts';

/** A session, as far as its retention is concerned. */
export interface AgedSession {
  number: number;
  startedAtMs: number;
  /** Null while it is active. */
  endedAtMs: number | null;
}

/** How a proxy of an account is named. */
export interface NamedProxy {
  accountId: string;
  proxy: string;
}

/** The next events of these sessions, always the same ones until they are deleted; `?1` numbers, `?2` how many. */
const DOOMED = `SELECT account_id, id, session_number, event_type FROM session_events
  WHERE session_number IN (SELECT value FROM json_each(?1)) ORDER BY session_number, id LIMIT ?2`;

const TAKE_FROM_TOTALS = `UPDATE session_event_totals SET events = session_event_totals.events - gone.events
  FROM (SELECT account_id, event_type, COUNT(*) AS events FROM (${DOOMED}) GROUP BY 1, 2) AS gone
  WHERE session_event_totals.account_id = gone.account_id AND session_event_totals.event_type = gone.event_type`;

const TAKE_FROM_SESSIONS = `UPDATE sessions SET events = sessions.events - gone.events
  FROM (SELECT session_number, COUNT(*) AS events FROM (${DOOMED}) GROUP BY 1) AS gone
  WHERE sessions.number = gone.session_number`;

const DELETE_EVENTS = `DELETE FROM session_events WHERE (account_id, id) IN (SELECT account_id, id FROM (${DOOMED}))`;

/** Those that have no events any more; the trigger takes them from the counters. */
const DELETE_SESSIONS = `DELETE FROM sessions WHERE number IN (SELECT value FROM json_each(?1))
  AND NOT EXISTS (SELECT 1 FROM session_events WHERE session_number = sessions.number)`;

/** What becomes of sessions that are long over. */
export function createOldSessionsStore(binding: D1Database) {
  return {
    /** A page of all sessions, the one registered first before the others. */
    async page(afterNumber: number, maxItems: number): Promise<AgedSession[]> {
      const { results } = await binding
        .prepare(
          `SELECT number, started_at AS startedAtMs, ended_at AS endedAtMs FROM sessions
          WHERE number > ?1 ORDER BY number LIMIT ?2`,
        )
        .bind(afterNumber, maxItems)
        .all<AgedSession>();
      return results;
    },

    /** Deletes events of these sessions, and those that have none left, in one transaction; the counters follow. */
    async delete(numbers: readonly number[], maxEvents: number): Promise<{ sessions: number; events: number }> {
      const list = JSON.stringify(numbers);
      const writes: Write[] = [
        [TAKE_FROM_TOTALS, list, maxEvents],
        [TAKE_FROM_SESSIONS, list, maxEvents],
        [`${DELETE_EVENTS} RETURNING 1`, list, maxEvents],
        [`${DELETE_SESSIONS} RETURNING 1`, list],
      ];
      const [, , events, sessions] = await binding.batch(writes.map((write) => prepareWrite(binding, write)));
      return { sessions: sessions?.results.length ?? 0, events: events?.results.length ?? 0 };
    },

    /** A page of the proxies that accounts named. */
    async proxiesPage(after: NamedProxy, maxItems: number): Promise<(NamedProxy & { lastUsedAtMs: number })[]> {
      const { results } = await binding
        .prepare(
          `SELECT account_id AS accountId, proxy, last_used_at AS lastUsedAtMs FROM session_proxies
          WHERE (account_id, proxy) > (?1, ?2) ORDER BY account_id, proxy LIMIT ?3`,
        )
        .bind(after.accountId, after.proxy, maxItems)
        .all<NamedProxy & { lastUsedAtMs: number }>();
      return results;
    },

    /** Deletes those of these proxies that were not used since; returns how many. */
    async deleteProxies(proxies: readonly NamedProxy[], usedBeforeMs: number): Promise<number> {
      const { results } = await binding
        .prepare(
          `DELETE FROM session_proxies WHERE last_used_at <= ?2 AND (account_id, proxy) IN
          (SELECT value ->> 'accountId', value ->> 'proxy' FROM json_each(?1)) RETURNING 1`,
        )
        .bind(JSON.stringify(proxies), usedBeforeMs)
        .all();
      return results.length;
    },
  };
}

export type OldSessionsStore = ReturnType<typeof createOldSessionsStore>;
