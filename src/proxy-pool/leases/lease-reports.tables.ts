import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { reportOutcomes } from './lease-book.types.ts';

export const leaseReports = sqliteTable(
  'lease_reports',
  {
    leaseId: text('lease_id').notNull(),
    outcome: text('outcome', { enum: reportOutcomes }).notNull(),
    proxyId: text('proxy_id').notNull(),
    accountId: text('account_id').notNull(),
    target: text('target'),
    createdAtMs: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.leaseId, table.outcome] })],
);
