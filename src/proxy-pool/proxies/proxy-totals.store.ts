import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { ProxyFilters } from './proxies.schemas.ts';

/** The filters that proxies are grouped by. */
export type GroupFilters = Pick<ProxyFilters, 'status' | 'protocol' | 'anonymity' | 'country' | 'pool' | 'min_score'>;

function conditionOf({ status, protocol, anonymity, country, pool }: GroupFilters) {
  const conditions = [
    sql`1`,
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(protocol === undefined ? [] : [sql`protocol = ${protocol}`]),
    ...(anonymity === undefined ? [] : [sql`anonymity = ${anonymity}`]),
    ...(country === undefined ? [] : [sql`country = ${country}`]),
    ...(pool === undefined ? [] : [sql`pool_number = (SELECT number FROM pools WHERE name = ${pool})`]),
  ];
  return sql.join(conditions, sql` AND `);
}

/** How many proxies there are, from the counters that every write of a proxy keeps. */
export function createProxyTotalsStore(database: Database) {
  return {
    /** Proxies that pass these filters, exactly, by adding up groups. */
    async countGroups(filters: GroupFilters): Promise<number> {
      const condition = conditionOf(filters);
      const [row] = await database.all<{ total: number }>(
        filters.min_score === undefined
          ? sql`SELECT COALESCE(SUM(proxies), 0) AS total FROM proxy_groups WHERE ${condition}`
          : sql`SELECT COALESCE(SUM(score.value), 0) AS total FROM proxy_groups, json_each(scores) AS score
              WHERE ${condition} AND score.key / 100.0 >= ${filters.min_score}`,
      );
      return row?.total ?? 0;
    },
  };
}

export type ProxyTotalsStore = ReturnType<typeof createProxyTotalsStore>;
