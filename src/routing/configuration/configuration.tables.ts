import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Role } from '../../accounts/actor.ts';
import type { InventoryFilter, InventoryMember, IpRequest } from './configuration.types.ts';

export const routingProviders = sqliteTable('routing_providers', {
  name: text('name').primaryKey(),
  ipList: text('ip_list', { mode: 'json' }).$type<readonly string[]>().notNull(),
  inventory: text('inventory', { mode: 'json' }).$type<InventoryFilter>(),
  members: text('members', { mode: 'json' }).$type<readonly InventoryMember[]>().notNull(),
  regionTag: text('region_tag'),
  username: text('username'),
  passwordSealed: text('password_sealed'),
  isMutable: integer('is_mutable', { mode: 'boolean' }).notNull(),
  createdRevision: integer('created_revision').notNull(),
});

export const routingPools = sqliteTable('routing_pools', {
  name: text('name').primaryKey(),
  ipRequests: text('ip_requests', { mode: 'json' }).$type<readonly IpRequest[]>().notNull(),
  isMutable: integer('is_mutable', { mode: 'boolean' }).notNull(),
  createdRevision: integer('created_revision').notNull(),
});

export const routingTargets = sqliteTable('routing_targets', {
  name: text('name').primaryKey(),
  regex: text('regex').notNull(),
  poolName: text('pool_name').notNull(),
  minRequestIntervalMs: integer('min_request_interval_ms').notNull(),
  maxQueueWaitMs: integer('max_queue_wait_ms').notNull(),
  numRetries: integer('num_retries').notNull(),
  ipFailuresUntilQuarantine: integer('ip_failures_until_quarantine').notNull(),
  quarantineTimeMs: integer('quarantine_time_ms').notNull(),
  allowedRoles: text('allowed_roles', { mode: 'json' }).$type<readonly Role[]>(),
  isMutable: integer('is_mutable', { mode: 'boolean' }).notNull(),
  createdRevision: integer('created_revision').notNull(),
  revision: integer('revision').notNull(),
});

export const routingHolds = sqliteTable('routing_holds', {
  proxyId: text('proxy_id').primaryKey(),
  poolNumber: integer('pool_number').notNull(),
  provider: text('provider').notNull(),
  address: text('address').notNull(),
  joinedRevision: integer('joined_revision').notNull(),
  draining: text('draining', { mode: 'json' }).$type<readonly string[]>().notNull(),
});

/** Targets whose Rotor has yet to hear of a change. */
export const routingPendingTargets = sqliteTable('routing_pending_targets', {
  targetName: text('target_name').primaryKey(),
  revision: integer('revision').notNull(),
});
