import { and, count, desc, eq, sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { ReportOutcome } from './lease-book.types.ts';
import { leaseReports } from './lease-reports.tables.ts';

export type LeaseReport = typeof leaseReports.$inferSelect;

export function createLeaseReportsStore(database: Database) {
  return {
    /** Keeps a report; the same outcome of the same lease again changes nothing. To be run in a batch. */
    keep: (report: LeaseReport) => database.insert(leaseReports).values(report).onConflictDoNothing(),

    /** How many leases' holders told which outcome of a proxy. */
    async totals(proxyId: string): Promise<Record<ReportOutcome, number>> {
      const rows = await database
        .select({ outcome: leaseReports.outcome, leases: count() })
        .from(leaseReports)
        .where(eq(leaseReports.proxyId, proxyId))
        .groupBy(leaseReports.outcome);
      const totals = { ok: 0, dead: 0, blocked: 0 };
      for (const { outcome, leases } of rows) totals[outcome] = leases;
      return totals;
    },

    /** What an account itself told of a proxy, newest first. */
    own: (proxyId: string, accountId: string, limit: number): Promise<LeaseReport[]> =>
      database
        .select()
        .from(leaseReports)
        .where(and(eq(leaseReports.proxyId, proxyId), eq(leaseReports.accountId, accountId)))
        .orderBy(desc(leaseReports.createdAtMs))
        .limit(limit),

    /** Deletes what is older, `maxRows` at most; returns how many. */
    async forget(createdBeforeMs: number, maxRows: number): Promise<number> {
      const { meta } = await database.run(sql`DELETE FROM lease_reports WHERE (lease_id, outcome) IN (
        SELECT lease_id, outcome FROM lease_reports WHERE created_at <= ${createdBeforeMs} LIMIT ${maxRows})`);
      return meta.changes;
    },
  };
}

export type LeaseReportsStore = ReturnType<typeof createLeaseReportsStore>;
