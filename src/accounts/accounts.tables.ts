import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const accounts = sqliteTable('accounts', {
  id: text('id').primaryKey(),
  email: text('email').notNull(),
  emailKey: text('email_key').notNull().unique(),
  displayName: text('display_name').notNull(),
  role: text('role', { enum: ['admin', 'operator', 'viewer'] }).notNull(),
  disabledAtMs: integer('disabled_at'),
  createdAtMs: integer('created_at').notNull(),
});

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  keyHash: text('key_hash').notNull().unique(),
  prefix: text('prefix').notNull(),
  label: text('label').notNull(),
  createdAtMs: integer('created_at').notNull(),
  lastUsedAtMs: integer('last_used_at'),
  revokedAtMs: integer('revoked_at'),
});

export const invites = sqliteTable('invites', {
  codeHash: text('code_hash').primaryKey(),
  createdBy: text('created_by').notNull(),
  createdAtMs: integer('created_at').notNull(),
  usedBy: text('used_by'),
  usedAtMs: integer('used_at'),
});
