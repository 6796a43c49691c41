import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const notifiers = sqliteTable('notifiers', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  kind: text('kind').notNull(),
  settings: text('settings', { mode: 'json' }).$type<Readonly<Record<string, unknown>>>().notNull(),
  secretSealed: text('secret_sealed'),
  previousSecretUntilMs: integer('previous_secret_until'),
  events: text('events', { mode: 'json' }).$type<readonly string[]>().notNull(),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  disabledReason: text('disabled_reason'),
  consecutiveFailures: integer('consecutive_failures').notNull(),
  lastDeliveredAtMs: integer('last_delivered_at'),
  lastFailedAtMs: integer('last_failed_at'),
  lastError: text('last_error'),
  createdAtMs: integer('created_at').notNull(),
  updatedAtMs: integer('updated_at').notNull(),
});

export const notifierDeliveries = sqliteTable(
  'notifier_deliveries',
  {
    notifierId: text('notifier_id').notNull(),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    payload: text('payload', { mode: 'json' }).$type<Readonly<Record<string, unknown>>>().notNull(),
    occurredAtMs: integer('occurred_at').notNull(),
    status: text('status', { enum: ['pending', 'delivered', 'dead'] }).notNull(),
    attempts: integer('attempts').notNull(),
    nextAttemptAtMs: integer('next_attempt_at'),
    lastAttemptAtMs: integer('last_attempt_at'),
    responseStatus: integer('response_status'),
    lastError: text('last_error'),
    deliveredAtMs: integer('delivered_at'),
  },
  (table) => [primaryKey({ columns: [table.notifierId, table.eventId] })],
);
