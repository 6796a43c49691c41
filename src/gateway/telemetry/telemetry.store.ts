import { and, asc, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { Database } from '../../platform/db/client.ts';
import { gatewayTelemetry } from '../gateway.tables.ts';
import type { Bucket, Interval } from './telemetry.types.ts';

/** A stretch of time: from a time on, until before another. */
export interface Range {
  fromMs: number;
  beforeMs: number;
}

const table = gatewayTelemetry;
const shown = {
  startedAtMs: table.startedAtMs,
  tallies: table.tallies,
  ewmaSeconds: table.ewmaSeconds,
  revision: table.revision,
};

function within(proxyId: string, interval: Interval, { fromMs, beforeMs }: Range) {
  return and(
    eq(table.proxyId, proxyId),
    eq(table.interval, interval),
    gte(table.startedAtMs, fromMs),
    lt(table.startedAtMs, beforeMs),
  );
}

/** Takes a bucket's place unless what is there says more: writers may overtake each other. */
function upsert(database: Database, proxyId: string, interval: Interval, bucket: Bucket): BatchItem<'sqlite'> {
  const { tallies, ewmaSeconds, revision } = bucket;
  // Nothing is longer than a month.
  const isRolledUp = interval === 'month';
  return database
    .insert(table)
    .values({ proxyId, interval, ...bucket, isRolledUp })
    .onConflictDoUpdate({
      target: [table.proxyId, table.interval, table.startedAtMs],
      set: { tallies, ewmaSeconds, revision, isRolledUp },
      setWhere: lt(table.revision, revision),
    });
}

/** Notes that a bucket, as it was read, is in the longer interval. */
function markRolledUp(database: Database, proxyId: string, interval: Interval, { startedAtMs, revision }: Bucket) {
  return database
    .update(table)
    .set({ isRolledUp: true })
    .where(
      and(
        eq(table.proxyId, proxyId),
        eq(table.interval, interval),
        eq(table.startedAtMs, startedAtMs),
        eq(table.revision, revision),
        eq(table.isRolledUp, false),
      ),
    );
}

export function createTelemetryStore(database: Database) {
  return {
    /** Writes buckets whole. Fails on the foreign key when the proxy is gone. */
    async write(proxyId: string, interval: Interval, buckets: readonly Bucket[]): Promise<void> {
      const [first, ...others] = buckets.map((bucket) => upsert(database, proxyId, interval, bucket));
      if (first) await database.batch([first, ...others]);
    },

    /** Writes a longer interval, and notes that its parts are in it as they were. */
    async writeRolledUp(proxyId: string, interval: Interval, bucket: Bucket, part: Interval, parts: readonly Bucket[]) {
      const marks = parts.map((each) => markRolledUp(database, proxyId, part, each));
      await database.batch([upsert(database, proxyId, interval, bucket), ...marks]);
    },

    /** Buckets that are not in the longer interval yet: of one proxy, or of all; before a time. */
    pending(interval: Interval, scope: { proxyId: string | null; beforeMs: number }, limit: number) {
      return database
        .select({ proxyId: table.proxyId, startedAtMs: table.startedAtMs })
        .from(table)
        .where(
          and(
            scope.proxyId === null ? undefined : eq(table.proxyId, scope.proxyId),
            eq(table.interval, interval),
            // As a literal: only so does the partial index serve.
            sql`${table.isRolledUp} = 0`,
            lt(table.startedAtMs, scope.beforeMs),
          ),
        )
        .orderBy(asc(table.proxyId), asc(table.startedAtMs))
        .limit(limit);
    },

    /** All buckets in a range, oldest first. */
    parts: (proxyId: string, interval: Interval, range: Range): Promise<Bucket[]> =>
      database
        .select(shown)
        .from(table)
        .where(within(proxyId, interval, range))
        .orderBy(asc(table.startedAtMs)),

    /** The newest buckets in a range, newest first. */
    newest: (proxyId: string, interval: Interval, range: Range, limit: number): Promise<Bucket[]> =>
      database
        .select(shown)
        .from(table)
        .where(within(proxyId, interval, range))
        .orderBy(desc(table.startedAtMs))
        .limit(limit),

    /** Deletes buckets that began before a time and are in the longer interval; `maxRows` at most, oldest first. */
    async deleteOld(interval: Interval, beforeMs: number, maxRows: number): Promise<number> {
      const old = database
        .select({ proxyId: table.proxyId, startedAtMs: table.startedAtMs })
        .from(table)
        .where(and(eq(table.interval, interval), lt(table.startedAtMs, beforeMs), eq(table.isRolledUp, true)))
        .orderBy(asc(table.startedAtMs))
        .limit(maxRows);
      const deleted = await database
        .delete(table)
        .where(and(eq(table.interval, interval), sql`(${table.proxyId}, ${table.startedAtMs}) IN ${old}`))
        .returning({ startedAtMs: table.startedAtMs });
      return deleted.length;
    },
  };
}

export type TelemetryStore = ReturnType<typeof createTelemetryStore>;
