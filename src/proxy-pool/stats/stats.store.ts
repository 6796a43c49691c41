import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { Anonymity, ProxyProtocol, ProxyStatus } from '../proxies/proxies.types.ts';

/** Proxies that share status, protocol and anonymity: four dozen groups at most. */
export interface ProxyGroup {
  status: ProxyStatus;
  protocol: ProxyProtocol;
  anonymity: Anonymity | null;
  proxies: number;
  /** Sums and counts over the active ones. */
  scoreSum: number | null;
  scored: number;
  latencySumMs: number | null;
  timed: number;
  lastCheckedAtMs: number | null;
}

export interface SourceFigures {
  active: number;
  total: number;
  lastScrapedAtMs: number | null;
}

export function createPoolStatsStore(database: Database) {
  return {
    /** The inventory by groups, in one pass. */
    groups(): Promise<ProxyGroup[]> {
      return database.all<ProxyGroup>(sql`SELECT status, protocol, anonymity, COUNT(*) AS proxies,
        SUM(score) AS scoreSum, COUNT(score) AS scored,
        SUM(CASE WHEN status = 'active' THEN avg_latency_ms END) AS latencySumMs,
        COUNT(CASE WHEN status = 'active' THEN avg_latency_ms END) AS timed,
        MAX(last_checked_at) AS lastCheckedAtMs FROM proxies GROUP BY status, protocol, anonymity`);
    },

    async sources(): Promise<SourceFigures> {
      const [row] = await database.all<SourceFigures>(sql`SELECT COALESCE(SUM(is_active), 0) AS active,
        COUNT(*) AS total, MAX(last_scraped_at) AS lastScrapedAtMs FROM sources`);
      return row ?? { active: 0, total: 0, lastScrapedAtMs: null };
    },
  };
}

export type PoolStatsStore = ReturnType<typeof createPoolStatsStore>;
