import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { expect, it } from 'vitest';
import * as accountsTables from '../src/accounts/accounts.tables.ts';
import * as gatewayTables from '../src/gateway/gateway.tables.ts';
import * as notifiersTables from '../src/notifiers/notifiers.tables.ts';
import * as platformTables from '../src/platform/db/platform.tables.ts';
import * as leaseReportsTables from '../src/proxy-pool/leases/lease-reports.tables.ts';
import * as outcomesTables from '../src/proxy-pool/outcomes/outcomes.tables.ts';
import * as proxiesTables from '../src/proxy-pool/proxies/proxies.tables.ts';
import * as sourcesTables from '../src/proxy-pool/sources/sources.tables.ts';
import * as routingTables from '../src/routing/configuration/configuration.tables.ts';
import * as sessionsTables from '../src/sessions/sessions.tables.ts';

it('migrations have unique, ordered names and can be applied again without effect', async () => {
  const names = env.TEST_MIGRATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual([...names].sort());
  expect(names.every((name) => /^\d{4}_[a-z_]+\.sql$/.test(name))).toBe(true);
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

it('the tables in code have exactly the columns that the migrations made', async () => {
  const tables = [
    accountsTables,
    gatewayTables,
    leaseReportsTables,
    notifiersTables,
    platformTables,
    outcomesTables,
    proxiesTables,
    routingTables,
    sessionsTables,
    sourcesTables,
  ].flatMap((module) => Object.values(module));
  for (const table of tables) {
    const { results } = await env.DB.prepare('SELECT name FROM pragma_table_info(?)')
      .bind(getTableName(table))
      .all<{ name: string }>();
    const inDatabase = results.map(({ name }) => name).sort();
    const inCode = Object.values<{ name: string }>(getTableColumns(table))
      .map((column) => column.name)
      .sort();
    expect([getTableName(table), inCode]).toEqual([getTableName(table), inDatabase]);
  }
});
