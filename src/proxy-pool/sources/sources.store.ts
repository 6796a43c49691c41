import { and, desc, eq, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import { totalOf } from '../../platform/db/list-totals.ts';
import { outbox } from '../../platform/db/platform.tables.ts';
import { createId } from '../../platform/ids.ts';
import { MAX_CONSECUTIVE_FAILURES } from './schedule.model.ts';
import { sources } from './sources.tables.ts';

export type SourceRow = typeof sources.$inferSelect;
export type SourceUpdate = Partial<Omit<SourceRow, 'id' | 'createdAtMs'>>;

export interface ScrapeFailure {
  sourceId: string;
  /** What went wrong; neither a secret nor a URL's query. */
  message: string;
  nextScrapeAtMs: number;
  nowMs: number;
  /** Told to the notifiers with the events; never a secret. */
  payload: Readonly<Record<string, unknown>>;
}

export interface ScrapeClaim {
  sourceId: string;
  nowMs: number;
  /** When the claim lapses by itself. */
  untilMs: number;
  /** Only if its time has come, and it is active. */
  ifDue: boolean;
}

const isUnclaimed = (nowMs: number) => or(isNull(sources.scrapingUntilMs), lte(sources.scrapingUntilMs, nowMs));
const isDue = (nowMs: number) => and(eq(sources.isActive, true), lte(sources.nextScrapeAtMs, nowMs));

/**
 * Counts a failure, and tells the notifiers in the same transaction: `source.failed` each time, and `source.deactivated`
 * with the one that switches the source off. Returns the row as it is then; null when the source is gone.
 */
async function recordFailure(database: Database, failure: ScrapeFailure): Promise<SourceRow | null> {
  const { sourceId, message, nextScrapeAtMs, nowMs } = failure;
  const lastStraw = sql`${sources.consecutiveFailures} + 1 >= ${MAX_CONSECUTIVE_FAILURES}`;
  const event = (type: string, condition: SQL | undefined) =>
    database.insert(outbox).select(
      database
        .select({
          id: sql<string>`${createId()}`.as('id'),
          type: sql<string>`${type}`.as('type'),
          payload: sql<string>`${JSON.stringify(failure.payload)}`.as('payload'),
          createdAtMs: sql<number>`${nowMs}`.as('created_at'),
        })
        .from(sources)
        .where(and(eq(sources.id, sourceId), condition)),
    );
  const [, , updated] = await database.batch([
    event('source.failed', undefined),
    event('source.deactivated', and(eq(sources.isActive, true), lastStraw)),
    database
      .update(sources)
      .set({
        lastError: message,
        consecutiveFailures: sql`${sources.consecutiveFailures} + 1`,
        nextScrapeAtMs,
        isActive: sql`CASE WHEN ${lastStraw} THEN 0 ELSE ${sources.isActive} END`,
      })
      .where(eq(sources.id, sourceId))
      .returning(),
  ]);
  return updated[0] ?? null;
}

export function createSourcesStore(database: Database) {
  return {
    async find(sourceId: string): Promise<SourceRow | null> {
      const [row] = await database.select().from(sources).where(eq(sources.id, sourceId));
      return row ?? null;
    },

    async urlExists(url: string): Promise<boolean> {
      const rows = await database.select({ id: sources.id }).from(sources).where(eq(sources.url, url));
      return rows.length > 0;
    },

    /** A page by id, newest first, and how many there are under the same filter. */
    async list(page: { isActive: boolean | undefined; limit: number; afterId: string | null }) {
      const filter = page.isActive === undefined ? undefined : eq(sources.isActive, page.isActive);
      const after = page.afterId === null ? undefined : lt(sources.id, page.afterId);
      const [items, all, active] = await database.batch([
        database.select().from(sources).where(and(filter, after)).orderBy(desc(sources.id)).limit(page.limit),
        totalOf(database, 'sources'),
        totalOf(database, 'active_sources'),
      ]);
      const [total, activeTotal] = [all[0]?.total ?? 0, active[0]?.total ?? 0];
      if (page.isActive === undefined) return { items, total };
      return { items, total: page.isActive ? activeTotal : total - activeTotal };
    },

    /** The write of a new source, for the batch that it belongs to. */
    insertion: (row: SourceRow) => database.insert(sources).values(row),

    async update(sourceId: string, change: SourceUpdate): Promise<SourceRow | null> {
      const [row] = await database.update(sources).set(change).where(eq(sources.id, sourceId)).returning();
      return row ?? null;
    },

    async delete(sourceId: string): Promise<boolean> {
      const deleted = await database.delete(sources).where(eq(sources.id, sourceId)).returning({ id: sources.id });
      return deleted.length > 0;
    },

    /** Ids of active sources whose time has come and that nobody scrapes, the longest overdue first. */
    async due(nowMs: number, limit: number): Promise<string[]> {
      const rows = await database
        .select({ id: sources.id })
        .from(sources)
        .where(and(isDue(nowMs), isUnclaimed(nowMs)))
        .orderBy(sources.nextScrapeAtMs)
        .limit(limit);
      return rows.map(({ id }) => id);
    },

    /** Takes a source for one scrape; null when another one has it, or it isn't due where it must be, or it is gone. */
    async claim({ sourceId, nowMs, untilMs, ifDue }: ScrapeClaim): Promise<SourceRow | null> {
      const [row] = await database
        .update(sources)
        .set({ scrapingUntilMs: untilMs })
        .where(and(eq(sources.id, sourceId), isUnclaimed(nowMs), ifDue ? isDue(nowMs) : undefined))
        .returning();
      return row ?? null;
    },

    /** Gives a claim back; one that lapsed, and that another scrape has taken since, stays with that. */
    async release({ sourceId, untilMs }: Pick<ScrapeClaim, 'sourceId' | 'untilMs'>): Promise<void> {
      await database
        .update(sources)
        .set({ scrapingUntilMs: null })
        .where(and(eq(sources.id, sourceId), eq(sources.scrapingUntilMs, untilMs)));
    },

    async recordSuccess(sourceId: string, scrapedAtMs: number, nextScrapeAtMs: number | null): Promise<void> {
      await database
        .update(sources)
        .set({ lastScrapedAtMs: scrapedAtMs, nextScrapeAtMs, lastError: null, consecutiveFailures: 0 })
        .where(eq(sources.id, sourceId));
    },

    recordFailure: (failure: ScrapeFailure) => recordFailure(database, failure),
  };
}

export type SourcesStore = ReturnType<typeof createSourcesStore>;
