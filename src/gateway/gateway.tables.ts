import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { RuleConditions } from './rules/rules.types.ts';
import { intervals, type Tallies } from './telemetry/telemetry.types.ts';

const effects = ['allow', 'deny'] as const;

const times = { createdAtMs: integer('created_at').notNull(), updatedAtMs: integer('updated_at').notNull() };
const part = { id: text('id').primaryKey(), clientId: text('client_id').notNull(), ...times };

export const gatewayClients = sqliteTable('gateway_clients', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  name: text('name').notNull(),
  ...times,
});

export const gatewayCredentials = sqliteTable('gateway_credentials', {
  ...part,
  name: text('name').notNull(),
  type: text('type', { enum: ['proxy', 'target'] }).notNull(),
  authType: text('auth_type').notNull(),
  region: text('region').notNull(),
  secretSealed: text('secret_sealed').notNull(),
  defaultRuleEffect: text('default_rule_effect', { enum: effects }).notNull(),
});

export const gatewayTargets = sqliteTable('gateway_targets', {
  ...part,
  name: text('name').notNull(),
  region: text('region').notNull(),
  baseUrl: text('base_url').notNull(),
  testPath: text('test_path'),
  defaultRuleEffect: text('default_rule_effect', { enum: effects }).notNull(),
});

export const gatewayProxies = sqliteTable('gateway_proxies', {
  ...part,
  name: text('name').notNull(),
  region: text('region').notNull(),
  proxyCredentialId: text('proxy_credential_id').notNull(),
  targetId: text('target_id').notNull(),
  targetCredentialId: text('target_credential_id').notNull(),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  defaultRuleEffect: text('default_rule_effect', { enum: effects }).notNull(),
  alias: text('alias'),
  additionalHeaders: text('additional_headers', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  additionalQueryParams: text('additional_query_params', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  additionalData: text('additional_data', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  maxRequestsPerMinute: integer('max_requests_per_minute'),
  maxRequestsPerDay: integer('max_requests_per_day'),
  egressTarget: text('egress_target'),
  capturesBodies: integer('captures_bodies', { mode: 'boolean' }).notNull(),
});

export const gatewayRules = sqliteTable('gateway_rules', {
  ...part,
  parentId: text('parent_id').notNull(),
  effect: text('effect', { enum: effects }).notNull(),
  conditions: text('conditions', { mode: 'json' }).$type<RuleConditions>().notNull(),
  priority: integer('priority').notNull(),
  notes: text('notes').notNull(),
});

export const gatewayTelemetry = sqliteTable(
  'gateway_telemetry',
  {
    proxyId: text('proxy_id').notNull(),
    interval: text('interval', { enum: intervals }).notNull(),
    startedAtMs: integer('started_at').notNull(),
    tallies: text('tallies', { mode: 'json' }).$type<Tallies>().notNull(),
    ewmaSeconds: real('ewma_seconds').notNull(),
    revision: integer('revision').notNull(),
    isRolledUp: integer('is_rolled_up', { mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.proxyId, table.interval, table.startedAtMs] })],
);

export type ClientRow = typeof gatewayClients.$inferSelect;
export type CredentialRow = typeof gatewayCredentials.$inferSelect;
export type TargetRow = typeof gatewayTargets.$inferSelect;
export type ApiProxyRow = typeof gatewayProxies.$inferSelect;
export type RuleRow = typeof gatewayRules.$inferSelect;
