import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const proxyOutcomes = sqliteTable(
  'proxy_outcomes',
  {
    proxyId: text('proxy_id').notNull(),
    accountId: text('account_id').notNull(),
    successes: integer('successes').notNull(),
    failures: integer('failures').notNull(),
  },
  (table) => [primaryKey({ columns: [table.proxyId, table.accountId] })],
);
