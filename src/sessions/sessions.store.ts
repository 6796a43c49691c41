import { and, count, desc, eq, lt, type SQL, sql, sum } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import type { Write } from '../platform/db/writes.ts';
import { searchedText } from './search-text.model.ts';
import { sessionGroups, sessions } from './sessions.tables.ts';
import type { SessionFilters, SessionRow } from './sessions.types.ts';

export type NewSessionRow = Omit<
  SessionRow,
  'number' | 'status' | 'endedAtMs' | 'durationSeconds' | 'error' | 'events'
>;

/** How many sessions of `?n` are active, from the counters; for an answer made by SQL. */
export const activeCountOf = (parameter: string) =>
  `(SELECT COALESCE(SUM(sessions), 0) FROM session_groups WHERE account_id = ${parameter} AND status = 'active')`;

const NOTE_PROXY = `INSERT INTO session_proxies (account_id, proxy, last_used_at, country) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT DO UPDATE SET last_used_at = MAX(last_used_at, excluded.last_used_at), country = COALESCE(excluded.country, country)`;

function matching(accountId: string, { status, country, search }: SessionFilters) {
  const searched = search === undefined ? null : searchedText(search);
  return and(
    eq(sessions.accountId, accountId),
    status && eq(sessions.status, status),
    country === undefined ? undefined : eq(sessions.country, country),
    search === undefined ? undefined : sql`instr(${sessions.searchText}, ${searched}) > 0`,
  );
}

/** The writes of a new session; an id that the account has already breaks them all (`sessions.session_id`). */
function registration(session: NewSessionRow): Write[] {
  const { accountId, sessionId, profileId, device, targetUrl, proxy, country, searchText, startedAtMs } = session;
  const columns = [accountId, sessionId, profileId, device, targetUrl, proxy, country, searchText, startedAtMs];
  return [
    [
      `INSERT INTO sessions (account_id, session_id, profile_id, device, target_url, proxy, country, search_text, started_at, status)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active')`,
      ...columns,
    ],
    ...(proxy === null ? [] : [[NOTE_PROXY, accountId, proxy, startedAtMs, country] as const]),
  ];
}

async function countGroups(
  database: Database,
  accountId: string,
  { status, country }: SessionFilters,
): Promise<number> {
  const [row] = await database
    .select({ total: sum(sessionGroups.sessions).mapWith(Number) })
    .from(sessionGroups)
    .where(
      and(
        eq(sessionGroups.accountId, accountId),
        status && eq(sessionGroups.status, status),
        country === undefined ? undefined : eq(sessionGroups.country, country),
      ),
    );
  return row?.total ?? 0;
}

async function countRows(database: Database, condition: SQL | undefined): Promise<number> {
  const [row] = await database.select({ total: count() }).from(sessions).where(condition);
  return row?.total ?? 0;
}

export function createSessionsStore(database: Database) {
  return {
    registration,

    async find(accountId: string, sessionId: string): Promise<SessionRow | null> {
      const [row] = await database
        .select()
        .from(sessions)
        .where(and(eq(sessions.accountId, accountId), eq(sessions.sessionId, sessionId)));
      return row ?? null;
    },

    /** A page, newest first, and how many there are. */
    async list(
      accountId: string,
      filters: SessionFilters,
      page: { limit: number; offset: number },
    ): Promise<{ items: SessionRow[]; total: number }> {
      const condition = matching(accountId, filters);
      const [items, total] = await Promise.all([
        database
          .select()
          .from(sessions)
          .where(condition)
          .orderBy(desc(sessions.number))
          .limit(page.limit)
          .offset(page.offset),
        filters.search === undefined ? countGroups(database, accountId, filters) : countRows(database, condition),
      ]);
      return { items, total };
    },

    /** The next ones for an export, newest first, after a session's number (null: from the newest). */
    listAfter(
      accountId: string,
      filters: SessionFilters,
      afterNumber: number | null,
      limit: number,
    ): Promise<SessionRow[]> {
      const after = afterNumber === null ? undefined : lt(sessions.number, afterNumber);
      return database
        .select()
        .from(sessions)
        .where(and(matching(accountId, filters), after))
        .orderBy(desc(sessions.number))
        .limit(limit);
    },
  };
}

export type SessionsStore = ReturnType<typeof createSessionsStore>;
