import { count, desc, eq, lt, sql } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import { notifiers } from './notifiers.tables.ts';
import type { NotifierRow } from './notifiers.types.ts';

export type NotifierUpdate = Partial<Omit<NotifierRow, 'id' | 'kind' | 'createdAtMs'>>;

/** The receivers of one kind, taken together. */
export interface KindSummary {
  kind: string;
  /** The patterns of all of them. */
  events: readonly string[];
  mostFailures: number;
}

export function createNotifiersStore(database: Database) {
  return {
    async find(notifierId: string): Promise<NotifierRow | null> {
      const [row] = await database.select().from(notifiers).where(eq(notifiers.id, notifierId));
      return row ?? null;
    },

    async count(): Promise<number> {
      const [row] = await database.select({ total: count() }).from(notifiers);
      return row?.total ?? 0;
    },

    /** A page by id, newest first, and how many there are. */
    async list(page: { limit: number; afterId: string | null }) {
      const after = page.afterId === null ? undefined : lt(notifiers.id, page.afterId);
      const [items, totals] = await database.batch([
        database.select().from(notifiers).where(after).orderBy(desc(notifiers.id)).limit(page.limit),
        database.select({ total: count() }).from(notifiers),
      ]);
      return { items, total: totals[0]?.total ?? 0 };
    },

    /** The write of a new notifier, for the batch that it belongs to. */
    insertion: (row: NotifierRow) => database.insert(notifiers).values(row),

    async update(notifierId: string, change: NotifierUpdate): Promise<NotifierRow | null> {
      const [row] = await database.update(notifiers).set(change).where(eq(notifiers.id, notifierId)).returning();
      return row ?? null;
    },

    /** Deletes a notifier and its deliveries; false when there was none. */
    async delete(notifierId: string): Promise<boolean> {
      const deleted = await database
        .delete(notifiers)
        .where(eq(notifiers.id, notifierId))
        .returning({ id: notifiers.id });
      return deleted.length > 0;
    },

    /** Notes how an attempt ended, outside of any delivery. */
    async noteAttempt(notifierId: string, error: string | null, nowMs: number): Promise<void> {
      await database.update(notifiers).set(healthAfter(error, nowMs)).where(eq(notifiers.id, notifierId));
    },

    /** Kind by kind, over the active ones. */
    async summaries(): Promise<KindSummary[]> {
      const rows = await database
        .select({
          kind: notifiers.kind,
          events: sql<string>`json_group_array(json(${notifiers.events}))`,
          mostFailures: sql<number>`MAX(${notifiers.consecutiveFailures})`,
        })
        .from(notifiers)
        .where(eq(notifiers.isActive, true))
        .groupBy(notifiers.kind);
      return rows.map((row) => ({ ...row, events: JSON.parse(row.events).flat() }));
    },
  };
}

/** The health of a notifier after an attempt; `error` null: it was delivered. */
export function healthAfter(error: string | null, nowMs: number) {
  if (error === null) return { consecutiveFailures: 0, lastDeliveredAtMs: nowMs, lastError: null };
  return {
    consecutiveFailures: sql<number>`${notifiers.consecutiveFailures} + 1`,
    lastFailedAtMs: nowMs,
    lastError: error,
  };
}

export type NotifiersStore = ReturnType<typeof createNotifiersStore>;
