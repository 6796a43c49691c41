import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { sessionStatuses } from './sessions.types.ts';

export const sessions = sqliteTable('sessions', {
  number: integer('number').primaryKey(),
  accountId: text('account_id').notNull(),
  sessionId: text('session_id').notNull(),
  profileId: text('profile_id').notNull(),
  device: text('device').notNull(),
  targetUrl: text('target_url'),
  proxy: text('proxy'),
  country: text('country'),
  searchText: text('search_text').notNull(),
  status: text('status', { enum: sessionStatuses }).notNull(),
  startedAtMs: integer('started_at').notNull(),
  endedAtMs: integer('ended_at'),
  durationSeconds: real('duration'),
  error: text('error'),
  events: integer('events').notNull(),
});

export const sessionEvents = sqliteTable(
  'session_events',
  {
    accountId: text('account_id').notNull(),
    id: integer('id').notNull(),
    sessionNumber: integer('session_number').notNull(),
    eventType: text('event_type').notNull(),
    createdAtMs: integer('created_at').notNull(),
    details: text('details').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.id] })],
);

export const sessionGroups = sqliteTable(
  'session_groups',
  {
    accountId: text('account_id').notNull(),
    status: text('status', { enum: sessionStatuses }).notNull(),
    country: text('country').notNull(),
    sessions: integer('sessions').notNull(),
    durationUs: integer('duration_us').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.status, table.country] })],
);

export const sessionEventTotals = sqliteTable(
  'session_event_totals',
  {
    accountId: text('account_id').notNull(),
    eventType: text('event_type').notNull(),
    events: integer('events').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.eventType] })],
);

export const sessionEventIds = sqliteTable('session_event_ids', {
  accountId: text('account_id').primaryKey(),
  lastId: integer('last_id').notNull(),
});

export const sessionProxies = sqliteTable(
  'session_proxies',
  {
    accountId: text('account_id').notNull(),
    proxy: text('proxy').notNull(),
    uses: integer('uses').notNull(),
    successes: integer('successes').notNull(),
    successUs: integer('success_us').notNull(),
    failedInRow: integer('failed_in_row').notNull(),
    disabledUntilMs: integer('disabled_until'),
    lastUsedAtMs: integer('last_used_at').notNull(),
    country: text('country'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.proxy] })],
);
