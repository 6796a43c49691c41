import { toTimestampOrNull } from '../../platform/clock.ts';
import { checkers } from '../../plugins/checkers/checker.registry.ts';
import { parsers } from '../../plugins/parsers/parser.registry.ts';
import { anonymityLevels, proxyProtocols, proxyStatuses } from '../proxies/proxies.types.ts';
import type { PoolStatsStore, ProxyGroup } from './stats.store.ts';

function countBy<const Value extends string>(
  values: readonly Value[],
  groups: readonly ProxyGroup[],
  pick: (group: ProxyGroup) => Value | null,
): Record<Value, number> {
  const counts = Object.fromEntries(values.map((value) => [value, 0])) as Record<Value, number>;
  for (const group of groups) {
    const value = pick(group);
    if (value !== null) counts[value] += group.proxies;
  }
  return counts;
}

/** Sum by count, rounded to `decimals`; null over nothing. */
function average(sum: number, count: number, decimals: number): number | null {
  return count === 0 ? null : Number((sum / count).toFixed(decimals));
}

export function createStatsService({ store }: { store: PoolStatsStore }) {
  return {
    /** The whole inventory in figures. */
    async pool() {
      const [groups, sources] = await Promise.all([store.groups(), store.sources()]);
      const sum = (pick: (group: ProxyGroup) => number | null) =>
        groups.reduce((total, group) => total + (pick(group) ?? 0), 0);
      const lastCheckedAtMs = Math.max(0, ...groups.map((group) => group.lastCheckedAtMs ?? 0));
      return {
        total_proxies: sum((group) => group.proxies),
        by_status: countBy(proxyStatuses, groups, (group) => group.status),
        by_protocol: countBy(proxyProtocols, groups, (group) => group.protocol),
        by_anonymity: countBy(anonymityLevels, groups, (group) => group.anonymity),
        avg_score: average(
          sum((group) => group.scoreSum),
          sum((group) => group.scored),
          2,
        ),
        avg_latency_ms: average(
          sum((group) => group.latencySumMs),
          sum((group) => group.timed),
          1,
        ),
        sources_active: sources.active,
        sources_total: sources.total,
        last_scrape_at: toTimestampOrNull(sources.lastScrapedAtMs),
        last_validation_at: toTimestampOrNull(lastCheckedAtMs || null),
      };
    },

    /** What is plugged in. */
    plugins() {
      return {
        parsers: Object.values(parsers).map(({ name }) => ({ name, type: 'SourceParser' as const })),
        checkers: checkers.map(({ name, stage, priority }) => ({ name, stage, priority })),
        notifiers: [],
      };
    },
  };
}

export type StatsService = ReturnType<typeof createStatsService>;
