import { and, asc, desc, eq, gte, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { ListProxiesQuery, ProxySortField } from './proxies.schemas.ts';
import { pools, proxies, proxyChecks } from './proxies.tables.ts';

/** The columns that may be shown: credentials are none of them. */
const shownColumns = {
  id: proxies.id,
  ip: proxies.ip,
  port: proxies.port,
  protocol: proxies.protocol,
  pool: pools.name,
  status: proxies.status,
  leasable: proxies.leasable,
  anonymity: proxies.anonymity,
  exitIp: proxies.exitIp,
  country: proxies.country,
  score: proxies.score,
  avgLatencyMs: proxies.avgLatencyMs,
  uptime: proxies.uptime,
  supportsTunnel: proxies.supportsTunnel,
  lastCheckedAtMs: proxies.lastCheckedAtMs,
  firstSeenAtMs: proxies.firstSeenAtMs,
  tags: proxies.tags,
};

export const sortColumns = {
  score: proxies.score,
  latency: proxies.avgLatencyMs,
  uptime: proxies.uptime,
  last_checked: proxies.lastCheckedAtMs,
} as const satisfies Record<ProxySortField, unknown>;

export interface ProxyOrder {
  field: ProxySortField;
  direction: 'asc' | 'desc';
}

export interface ProxyPosition {
  /** The sort value of the last item seen; null among those without one, which come last. */
  value: number | null;
  id: string;
}

function filtersOf(query: ListProxiesQuery, nowMs: number): SQL | undefined {
  const { status, protocol, anonymity, country, pool, verified_within_minutes: minutes } = query;
  return and(
    status === undefined ? undefined : eq(proxies.status, status),
    protocol === undefined ? undefined : eq(proxies.protocol, protocol),
    anonymity === undefined ? undefined : eq(proxies.anonymity, anonymity),
    country === undefined ? undefined : eq(proxies.country, country),
    pool === undefined ? undefined : sql`${proxies.poolNumber} = (SELECT number FROM pools WHERE name = ${pool})`,
    query.min_score === undefined ? undefined : and(isNotNull(proxies.score), gte(proxies.score, query.min_score)),
    query.max_latency_ms === undefined ? undefined : lte(proxies.avgLatencyMs, query.max_latency_ms),
    // By the figure that is shown, so that nobody sees 94.2 and is told that it is less.
    query.min_uptime_pct === undefined ? undefined : sql`ROUND(${proxies.uptime} * 100, 1) >= ${query.min_uptime_pct}`,
    minutes === undefined ? undefined : gte(proxies.lastCheckedAtMs, nowMs - minutes * 60_000),
  );
}

/** What comes after a position: equal values in the order of ids, those without a value last. */
function after({ field, direction }: ProxyOrder, { value, id }: ProxyPosition): SQL {
  const column = sortColumns[field];
  if (value === null) return sql`(${column} IS NULL AND ${proxies.id} > ${id})`;
  const comparison = sql.raw(direction === 'asc' ? '>' : '<');
  return sql`(${column} ${comparison} ${value} OR (${column} = ${value} AND ${proxies.id} > ${id}) OR ${column} IS NULL)`;
}

export function createProxiesStore(database: Database) {
  const select = () =>
    database.select(shownColumns).from(proxies).innerJoin(pools, eq(pools.number, proxies.poolNumber));

  return {
    /** A page of proxies that pass the filters, `maxItems` at most. */
    list(query: ListProxiesQuery, order: ProxyOrder, position: ProxyPosition | null, maxItems: number, nowMs: number) {
      const column = sortColumns[order.field];
      // SQLite puts NULL last when descending; ascending must be told, and can't use the index then.
      const byValue = order.direction === 'desc' ? [desc(column)] : [sql`${column} ASC NULLS LAST`];
      return select()
        .where(and(filtersOf(query, nowMs), position ? after(order, position) : undefined))
        .orderBy(...byValue, asc(proxies.id))
        .limit(maxItems);
    },

    async count(query: ListProxiesQuery, nowMs: number): Promise<number> {
      return database.$count(proxies, filtersOf(query, nowMs));
    },

    async find(id: string) {
      const [row] = await select().where(eq(proxies.id, id));
      return row ?? null;
    },

    /** The rounds of a proxy's history, newest first. */
    listChecks(proxyId: string, maxRounds: number) {
      return database
        .select({ createdAtMs: proxyChecks.createdAtMs, results: proxyChecks.results })
        .from(proxyChecks)
        .where(eq(proxyChecks.proxyId, proxyId))
        .orderBy(desc(proxyChecks.round))
        .limit(maxRounds);
    },
  };
}

export type ProxiesStore = ReturnType<typeof createProxiesStore>;
export type ProxyRow = Awaited<ReturnType<ProxiesStore['list']>>[number];
