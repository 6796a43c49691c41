import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { ListProxiesQuery, ProxyFilters, ProxySortField } from './proxies.schemas.ts';
import { pools, proxies, proxyChecks } from './proxies.tables.ts';
import type { ProxyStatus } from './proxies.types.ts';

/** The columns that may be shown: credentials are none of them. */
const shownColumns = {
  id: proxies.id,
  ip: proxies.ip,
  port: proxies.port,
  protocol: proxies.protocol,
  // Not a join: its planner might begin with the pools, and read the whole inventory for a page.
  pool: sql<string>`(SELECT ${pools.name} FROM ${pools} WHERE ${pools.number} = ${proxies.poolNumber})`,
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

/** What only the view of one proxy shows. */
const trustColumns = {
  lies: proxies.lies,
  probationRounds: proxies.probationRounds,
  caughtVerdict: proxies.caughtVerdict,
  caughtAtMs: proxies.caughtAtMs,
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

/** The living are found by a partial index, which a bound parameter does not prove to be the right one. */
function statusIs(status: ProxyStatus): SQL {
  return status === 'active' ? sql`${proxies.status} = 'active'` : eq(proxies.status, status);
}

function filtersOf(query: ProxyFilters, nowMs: number): SQL | undefined {
  const { status, protocol, anonymity, country, pool, verified_within_minutes: minutes } = query;
  return and(
    status === undefined ? undefined : statusIs(status),
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

/**
 * The stretches of a list after a position, in order: the rest of the equals, what follows them, those without a value.
 * Each alone is one range of an index, where their OR would be read from the start.
 */
function stretchesAfter({ field, direction }: ProxyOrder, position: ProxyPosition | null): (SQL | undefined)[] {
  const column = sortColumns[field];
  const isBeyond = direction === 'asc' ? gt : lt;
  // Equals in an order that turns round with the list, so that an index serves both ways.
  const isBeyondId = direction === 'asc' ? lt : gt;
  if (position === null) return [isNotNull(column), isNull(column)];
  const { value, id } = position;
  if (value === null) return [and(isNull(column), isBeyondId(proxies.id, id))];
  return [and(eq(column, value), isBeyondId(proxies.id, id)), isBeyond(column, value), isNull(column)];
}

export function createProxiesStore(database: Database) {
  const select = () => database.select(shownColumns).from(proxies);

  return {
    /** A page of proxies that pass the filters, `maxItems` at most; reads no others when an index has the order. */
    async list(
      query: ListProxiesQuery,
      order: ProxyOrder,
      position: ProxyPosition | null,
      maxItems: number,
      nowMs: number,
    ) {
      const column = sortColumns[order.field];
      const inOrder = order.direction === 'asc' ? [asc(column), desc(proxies.id)] : [desc(column), asc(proxies.id)];
      const rows: Awaited<ReturnType<typeof select>> = [];
      for (const stretch of stretchesAfter(order, position)) {
        if (rows.length >= maxItems) break;
        const found = select().where(and(filtersOf(query, nowMs), stretch));
        rows.push(...(await found.orderBy(...inOrder).limit(maxItems - rows.length)));
      }
      return rows;
    },

    /** Proxies that pass the filters, in the order of ids, beyond `afterId`. */
    listById(query: ProxyFilters, afterId: string, maxItems: number, nowMs: number) {
      // Hidden from the planner: by an index of theirs it would read and sort all that pass for every page.
      const passes = sql`iif(${filtersOf(query, nowMs) ?? sql`1`}, 1, 0)`;
      return select()
        .where(and(passes, gt(proxies.id, afterId)))
        .orderBy(asc(proxies.id))
        .limit(maxItems);
    },

    async count(query: ProxyFilters, nowMs: number): Promise<number> {
      return database.$count(proxies, filtersOf(query, nowMs));
    },

    async find(id: string) {
      const columns = {
        ...shownColumns,
        poolNumber: proxies.poolNumber,
        lastPassedAtMs: proxies.lastPassedAtMs,
        ...trustColumns,
      };
      const [row] = await database.select(columns).from(proxies).where(eq(proxies.id, id));
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
export type ProxyDetailRow = NonNullable<Awaited<ReturnType<ProxiesStore['find']>>>;
export type ProxyRow = Awaited<ReturnType<ProxiesStore['list']>>[number];
