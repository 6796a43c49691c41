import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createLeaseReportsStore } from '../../../src/proxy-pool/leases/lease-reports.store.ts';
import { listProxiesQuery } from '../../../src/proxy-pool/proxies/proxies.schemas.ts';
import { createProxiesService } from '../../../src/proxy-pool/proxies/proxies.service.ts';
import { createProxiesStore } from '../../../src/proxy-pool/proxies/proxies.store.ts';
import { createProxyTotals } from '../../../src/proxy-pool/proxies/proxy-totals.service.ts';
import { createProxyTotalsStore } from '../../../src/proxy-pool/proxies/proxy-totals.store.ts';
import { manyProxiesStatement } from '../../support/many-proxies.ts';
import { meterDatabase, sumRows } from '../../support/metered-database.ts';

const PROXIES = 6_000;
/** A page's rows, one entry of an index and one look at the pools for each, and the ends of three stretches. */
const MAX_ROWS_READ = 200;
/** Proxies of one country, protocol and anonymity make a group; these have 120. */
const GROUPS = 120;

const metered = meterDatabase(env.DB);
const database = createDatabase(metered.binding);
const store = createProxiesStore(database);
const totals = createProxyTotals({
  store,
  totals: createProxyTotalsStore(database),
  clock: systemClock,
  cache: new Map(),
});
const service = createProxiesService({
  store,
  totals,
  standingOf: async () => 'unknown',
  reports: createLeaseReportsStore(database),
  clock: systemClock,
});

/** Follows the cursors of a list to its end; the rows that each page read, its total_count included. */
async function readAll(query: Record<string, string>, maxPages = Number.POSITIVE_INFINITY) {
  const items: Awaited<ReturnType<typeof service.list>>['items'] = [];
  const rowsRead: number[] = [];
  let cursor: string | null = null;
  do {
    const page = await service.list(listProxiesQuery.parse({ ...query, ...(cursor === null ? {} : { cursor }) }));
    items.push(...page.items);
    rowsRead.push(sumRows(metered.take()).read);
    cursor = page.next_cursor;
  } while (cursor !== null && rowsRead.length < maxPages);
  return { items, rowsRead };
}

async function matching(condition: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT COUNT(*) AS n FROM proxies WHERE ${condition}`).first<{ n: number }>();
  return row?.n ?? -1;
}

describe('a list of a large inventory', () => {
  beforeAll(async () => {
    const lot = { count: PROXIES, poolNumber: 0, addressBlock: 0, firstRevision: 1 };
    await env.DB.prepare(manyProxiesStatement(lot)).run();
  });

  it.each(['desc', 'asc'])('reads few rows for any page of the living of a country by score, %s', async (order) => {
    const { items, rowsRead } = await readAll({ status: 'active', country: 'US', sort: 'score', order, limit: '50' });
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect(items.length).toBe(await matching(`country = 'US'`));
    expect(rowsRead.length).toBe(Math.ceil(items.length / 50));
    expect(Math.max(...rowsRead)).toBeLessThanOrEqual(MAX_ROWS_READ + GROUPS);
  });

  it('reads few rows for any page of all that live', async () => {
    const { rowsRead } = await readAll({ status: 'active', limit: '50' }, 20);
    expect(rowsRead.length).toBe(20);
    expect(Math.max(...rowsRead)).toBeLessThanOrEqual(MAX_ROWS_READ + GROUPS);
  });
});

describe('the order of a list', () => {
  beforeAll(async () => {
    const lot = { count: 120, poolNumber: 0, addressBlock: 100, firstRevision: 100_000 };
    await env.DB.prepare(manyProxiesStatement(lot)).run();
    await env.DB.prepare(`UPDATE proxies SET country = 'IS', tags = '{}' WHERE ip LIKE '10.100.%'`).run();
    await env.DB.prepare(
      `UPDATE proxies SET status = 'unchecked', score = NULL, avg_latency_ms = NULL
        WHERE country = 'IS' AND protocol = 'http'`,
    ).run();
  });

  it.each([
    ['score', 'desc'],
    ['score', 'asc'],
    ['latency', 'asc'],
    ['latency', 'desc'],
  ])('is by %s %s over all pages, those without a value last, each proxy once', async (sort, order) => {
    const { items } = await readAll({ country: 'IS', sort, order, limit: '7' });
    expect(items.length).toBe(120);
    expect(new Set(items.map(({ id }) => id)).size).toBe(120);
    const values = items.map((item) => (sort === 'score' ? item.score : item.avg_latency_ms));
    const known = values.filter((value) => value !== null);
    expect(known.length).toBe(90);
    expect(values.slice(0, 90)).toEqual(known);
    expect(known).toEqual([...known].sort((left, right) => (order === 'asc' ? left - right : right - left)));
  });
});
