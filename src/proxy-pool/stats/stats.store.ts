import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { Anonymity, ProxyProtocol, ProxyStatus } from '../proxies/proxies.types.ts';

/** Proxies that share status, protocol and anonymity: four dozen groups at most. */
export interface ProxyGroup {
  status: ProxyStatus;
  protocol: ProxyProtocol;
  anonymity: Anonymity | '';
  proxies: number;
}

/** Sums over the active proxies, in whole units so that nothing drifts. */
export interface PoolSums {
  scored: number;
  scoreHundredths: number;
  timed: number;
  latencyUs: number;
  lastCheckedAtMs: number | null;
}

export interface SourceFigures {
  active: number;
  total: number;
  lastScrapedAtMs: number | null;
}

/** Reads the counters that are written with what they count: the cost is of groups, never of proxies. */
export function createPoolStatsStore(database: Database) {
  return {
    groups(): Promise<ProxyGroup[]> {
      return database.all<ProxyGroup>(sql`SELECT status, protocol, anonymity, SUM(proxies) AS proxies
        FROM proxy_groups GROUP BY status, protocol, anonymity`);
    },

    /** Active proxies by country, the most first; those without one are left out. */
    countries(): Promise<{ country: string; proxies: number }[]> {
      return database.all(sql`SELECT country, SUM(proxies) AS proxies FROM proxy_groups
        WHERE status = 'active' AND country <> '' GROUP BY country HAVING SUM(proxies) > 0 ORDER BY 2 DESC, 1`);
    },

    /** Active proxies by the tenth that their score is in; a score of 1 is in the last one. */
    scoreTenths(): Promise<{ tenth: number; proxies: number }[]> {
      return database.all(sql`SELECT MIN(CAST(score.key AS INTEGER) / 10, 9) AS tenth, SUM(score.value) AS proxies
        FROM proxy_groups, json_each(scores) AS score WHERE status = 'active' GROUP BY 1`);
    },

    async sums(): Promise<PoolSums> {
      const [row] = await database.all<PoolSums>(sql`SELECT scored, scoreHundredths, timed, latencyUs, lastCheckedAtMs
        FROM (SELECT COALESCE(SUM(score.value), 0) AS scored, COALESCE(SUM(score.key * score.value), 0) AS scoreHundredths
          FROM proxy_groups, json_each(scores) AS score WHERE status = 'active'),
        (SELECT COALESCE(SUM(timed), 0) AS timed, COALESCE(SUM(latency_us), 0) AS latencyUs,
          MAX(last_checked_at) AS lastCheckedAtMs FROM pool_averages)`);
      return row ?? { scored: 0, scoreHundredths: 0, timed: 0, latencyUs: 0, lastCheckedAtMs: null };
    },

    async sources(): Promise<SourceFigures> {
      const [row] = await database.all<SourceFigures>(sql`SELECT
        COALESCE((SELECT total FROM list_totals WHERE list = 'active_sources'), 0) AS active,
        COALESCE((SELECT total FROM list_totals WHERE list = 'sources'), 0) AS total,
        (SELECT MAX(last_scraped_at) FROM sources) AS lastScrapedAtMs`);
      return row ?? { active: 0, total: 0, lastScrapedAtMs: null };
    },
  };
}

export type PoolStatsStore = ReturnType<typeof createPoolStatsStore>;
