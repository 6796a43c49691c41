import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { tamperVerdicts } from '../../plugins/checkers/checker.types.ts';
import { anonymityLevels, proxyProtocols, proxyStatuses } from './proxies.types.ts';

export const pools = sqliteTable('pools', {
  number: integer('number').primaryKey(),
  name: text('name').notNull().unique(),
  createdAtMs: integer('created_at').notNull(),
});

export const proxies = sqliteTable('proxies', {
  id: text('id').primaryKey(),
  ip: text('ip').notNull(),
  port: integer('port').notNull(),
  protocol: text('protocol', { enum: proxyProtocols }).notNull(),
  poolNumber: integer('pool_number').notNull(),
  sourceId: text('source_id'),
  username: text('username'),
  passwordSealed: text('password_sealed'),
  status: text('status', { enum: proxyStatuses }).notNull(),
  leasable: integer('leasable', { mode: 'boolean' }).notNull(),
  anonymity: text('anonymity', { enum: anonymityLevels }),
  exitIp: text('exit_ip'),
  country: text('country'),
  asn: integer('asn'),
  score: real('score'),
  avgLatencyMs: real('avg_latency_ms'),
  uptime: real('uptime'),
  supportsTunnel: integer('supports_tunnel', { mode: 'boolean' }),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  round: integer('round').notNull(),
  failedRounds: integer('failed_rounds').notNull(),
  firstSeenAtMs: integer('first_seen_at').notNull(),
  lastSeenAtMs: integer('last_seen_at').notNull(),
  lastCheckedAtMs: integer('last_checked_at'),
  lastPassedAtMs: integer('last_passed_at'),
  nextCheckAtMs: integer('next_check_at'),
  diedAtMs: integer('died_at'),
  lies: integer('lies').notNull(),
  probationRounds: integer('probation_rounds').notNull(),
  caughtVerdict: text('caught_verdict', { enum: tamperVerdicts }),
  caughtAtMs: integer('caught_at'),
  revision: integer('revision').notNull(),
  isShared: integer('is_shared', { mode: 'boolean' }).notNull().default(false),
  aliveSinceMs: integer('alive_since'),
});

export const proxyChecks = sqliteTable(
  'proxy_checks',
  {
    proxyId: text('proxy_id').notNull(),
    round: integer('round').notNull(),
    createdAtMs: integer('created_at').notNull(),
    results: text('results').notNull(),
  },
  (table) => [primaryKey({ columns: [table.proxyId, table.round] })],
);

/** What is left of a proxy that a lease book may still know. */
export const deletedProxies = sqliteTable('deleted_proxies', {
  id: text('id').primaryKey(),
  poolNumber: integer('pool_number').notNull(),
  ip: text('ip').notNull(),
  port: integer('port').notNull(),
  protocol: text('protocol', { enum: proxyProtocols }).notNull(),
  revision: integer('revision').notNull(),
  deletedAtMs: integer('deleted_at').notNull(),
});
