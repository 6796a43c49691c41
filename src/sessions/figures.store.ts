import { desc, eq, sql } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import { totalOf } from '../platform/db/list-totals.ts';
import { FLAGGED_PERCENT, HEALTHY_PERCENT } from './proxy-health.model.ts';
import { sessionProxies } from './sessions.tables.ts';
import type { SessionProxyRow, SessionStatus } from './sessions.types.ts';

/** Sessions of one status, with the sum of their durations. */
export interface StatusFigures {
  status: SessionStatus;
  sessions: number;
  durationUs: number;
}

/** How many proxies of an account there are by health. */
export interface HealthCounts {
  healthy: number;
  flagged: number;
  blacklisted: number;
}

/** What the statistics read: counters, never a session or an event. */
export function createFiguresStore(database: Database) {
  /** Of an account, or of all (null). */
  function statusesOf(accountId: string | null): Promise<StatusFigures[]> {
    return database.all<StatusFigures>(sql`
      SELECT status, SUM(sessions) AS sessions, SUM(duration_us) AS durationUs
      FROM session_groups ${accountId === null ? sql`` : sql`WHERE account_id = ${accountId}`} GROUP BY status`);
  }

  return {
    statusesOf,

    async figuresOf(accountId: string): Promise<{ statuses: StatusFigures[]; events: number }> {
      const [statuses, events] = await Promise.all([
        statusesOf(accountId),
        database.all<{ events: number }>(sql`
          SELECT COALESCE(SUM(events), 0) AS events FROM session_event_totals WHERE account_id = ${accountId}`),
      ]);
      return { statuses, events: events[0]?.events ?? 0 };
    },

    /** The proxies that an account used last. */
    proxiesOf(accountId: string, limit: number): Promise<SessionProxyRow[]> {
      return database
        .select()
        .from(sessionProxies)
        .where(eq(sessionProxies.accountId, accountId))
        .orderBy(desc(sessionProxies.lastUsedAtMs), sessionProxies.proxy)
        .limit(limit);
    },

    /** `healthOf` of proxy-health.model.ts over all proxies of an account. */
    async healthCountsOf(accountId: string, nowMs: number): Promise<HealthCounts> {
      const isBlacklisted = sql`(COALESCE(disabled_until > ${nowMs}, 0) OR 100 * successes < ${FLAGGED_PERCENT} * uses)`;
      const isHealthy = sql`100 * successes >= ${HEALTHY_PERCENT} * uses`;
      const [row] = await database.all<HealthCounts>(sql`
        SELECT COALESCE(SUM(NOT ${isBlacklisted} AND ${isHealthy}), 0) AS healthy,
          COALESCE(SUM(NOT ${isBlacklisted} AND NOT ${isHealthy}), 0) AS flagged,
          COALESCE(SUM(${isBlacklisted}), 0) AS blacklisted
        FROM session_proxies WHERE account_id = ${accountId}`);
      return row ?? { healthy: 0, flagged: 0, blacklisted: 0 };
    },

    /** Active sessions of all accounts together. */
    async activeSessions(): Promise<number> {
      const [row] = await totalOf(database, 'active_sessions');
      return row?.total ?? 0;
    },
  };
}

export type FiguresStore = ReturnType<typeof createFiguresStore>;
