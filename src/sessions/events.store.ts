import { and, count, desc, eq, lt, type SQL, sql, sum } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import { sessionEvents, sessionEventTotals, sessions } from './sessions.tables.ts';
import type { EventFilters, EventRow, SessionEventType } from './sessions.types.ts';

const columns = {
  id: sessionEvents.id,
  sessionId: sessions.sessionId,
  eventType: sql<SessionEventType>`${sessionEvents.eventType}`,
  createdAtMs: sessionEvents.createdAtMs,
  details: sessionEvents.details,
};

export function createEventsStore(database: Database) {
  function sessionNumber(accountId: string, sessionId: string): SQL {
    return sql`(SELECT number FROM sessions WHERE account_id = ${accountId} AND session_id = ${sessionId})`;
  }

  function matching(accountId: string, { event_type: eventType, session_id: sessionId }: EventFilters) {
    return and(
      eq(sessionEvents.accountId, accountId),
      eventType && eq(sessionEvents.eventType, eventType),
      sessionId === undefined ? undefined : eq(sessionEvents.sessionNumber, sessionNumber(accountId, sessionId)),
    );
  }

  function select(condition: SQL | undefined) {
    return database
      .select(columns)
      .from(sessionEvents)
      .innerJoin(sessions, eq(sessions.number, sessionEvents.sessionNumber))
      .where(condition);
  }

  /** From the counters, but for a type within a session: those are counted one by one. */
  async function total(accountId: string, filters: EventFilters): Promise<number> {
    const { event_type: eventType, session_id: sessionId } = filters;
    if (sessionId !== undefined && eventType !== undefined) {
      const [row] = await database.select({ total: count() }).from(sessionEvents).where(matching(accountId, filters));
      return row?.total ?? 0;
    }
    if (sessionId !== undefined) {
      const ofSession = and(eq(sessions.accountId, accountId), eq(sessions.sessionId, sessionId));
      const [row] = await database.select({ total: sessions.events }).from(sessions).where(ofSession);
      return row?.total ?? 0;
    }
    const ofType = eventType && eq(sessionEventTotals.eventType, eventType);
    const [row] = await database
      .select({ total: sum(sessionEventTotals.events).mapWith(Number) })
      .from(sessionEventTotals)
      .where(and(eq(sessionEventTotals.accountId, accountId), ofType));
    return row?.total ?? 0;
  }

  /** The next ones for an export, newest first, after an event's id (null: from the newest). */
  function listAfter(
    accountId: string,
    filters: EventFilters,
    afterId: number | null,
    limit: number,
  ): Promise<EventRow[]> {
    const after = afterId === null ? undefined : lt(sessionEvents.id, afterId);
    return select(and(matching(accountId, filters), after))
      .orderBy(desc(sessionEvents.id))
      .limit(limit);
  }

  return {
    /** A page, newest first, and how many there are. */
    async list(
      accountId: string,
      filters: EventFilters,
      page: { limit: number; offset: number },
    ): Promise<{ items: EventRow[]; total: number }> {
      const [items, counted] = await Promise.all([
        select(matching(accountId, filters)).orderBy(desc(sessionEvents.id)).limit(page.limit).offset(page.offset),
        total(accountId, filters),
      ]);
      return { items, total: counted };
    },

    listAfter,

    /** The newest of a session, oldest first. */
    async newestOf(accountId: string, sessionId: string, limit: number): Promise<EventRow[]> {
      const newest = await listAfter(accountId, { session_id: sessionId }, null, limit);
      return newest.reverse();
    },
  };
}

export type EventsStore = ReturnType<typeof createEventsStore>;
