import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const idempotentAnswers = sqliteTable(
  'idempotent_answers',
  {
    accountId: text('account_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    requestHash: text('request_hash').notNull(),
    status: integer('status').notNull(),
    body: text('body').notNull(),
    expiresAtMs: integer('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.idempotencyKey] })],
);

export const outbox = sqliteTable('outbox', {
  id: text('id').primaryKey(),
  type: text('type').notNull(),
  payload: text('payload').notNull(),
  createdAtMs: integer('created_at').notNull(),
});

/** Totals of lists that are not grouped. */
export const listTotals = sqliteTable('list_totals', {
  list: text('list').primaryKey(),
  total: integer('total').notNull(),
});

export const retentionWalks = sqliteTable('retention_walks', {
  name: text('name').primaryKey(),
  afterId: text('after_id').notNull(),
});

/** Counters that order changes. */
export const sequences = sqliteTable('sequences', {
  name: text('name').primaryKey(),
  value: integer('value').notNull(),
});
