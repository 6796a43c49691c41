import type { NotifiersService } from '../../notifiers/notifiers.service.ts';
import { type Clock, toTimestamp, toTimestampOrNull } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../../platform/http/pagination.ts';
import { checkers } from '../../plugins/checkers/checker.registry.ts';
import { parsers } from '../../plugins/parsers/parser.registry.ts';
import { anonymityLevels, proxyProtocols, proxyStatuses } from '../proxies/proxies.types.ts';
import { publicUrlOf } from '../sources/source-row.ts';
import { type CheckInterval, everyInterval, intervalFor, startOf } from './history.model.ts';
import type { CheckHistoryStore } from './history.store.ts';
import { INTERVAL_MS } from './history.types.ts';
import type { LeaguePosition, LeagueRow, LeagueStore } from './league.store.ts';
import { type LifeRow, medianLifeMinutes, shareAliveAfter } from './lives.model.ts';
import { SCORE_BUCKETS } from './stats.schemas.ts';
import type { PoolStatsStore, ProxyGroup } from './stats.store.ts';

function countBy<const Value extends string>(
  values: readonly Value[],
  groups: readonly ProxyGroup[],
  pick: (group: ProxyGroup) => Value | '',
): Record<Value, number> {
  const counts = Object.fromEntries(values.map((value) => [value, 0])) as Record<Value, number>;
  for (const group of groups) {
    const value = pick(group);
    if (value !== '') counts[value] += group.proxies;
  }
  return counts;
}

/** Sum by count, rounded to `decimals`; null over nothing. */
function average(sum: number, count: number, decimals: number): number | null {
  return count === 0 ? null : Number((sum / count).toFixed(decimals));
}

/** How many scores lie in each tenth from 0 to 1. */
function scoreHistogram(tenths: readonly { tenth: number; proxies: number }[]): number[] {
  const counts = Array.from({ length: SCORE_BUCKETS }, () => 0);
  for (const { tenth, proxies } of tenths) counts[tenth] = proxies;
  return counts;
}

function leaguePositionOf(list: string, cursor: string): LeaguePosition {
  const [discovered, id] = decodeCursor(list, cursor, 2);
  if (typeof discovered !== 'number' || typeof id !== 'string') throw appError('INVALID_CURSOR');
  return { discovered, id };
}

function leagueItem({ id, url, isActive, discovered, shared }: LeagueRow, lives: readonly LifeRow[]) {
  const medianMinutes = medianLifeMinutes(lives);
  const share = (value: number | null) => (value === null ? null : Math.round(value * 1_000) / 1_000);
  return {
    source_id: id,
    url: publicUrlOf(url),
    is_active: isActive === 1,
    proxies_discovered: discovered,
    unique_share: share(discovered === 0 ? null : (discovered - shared) / discovered),
    alive_after_1h: share(shareAliveAfter(lives, 60)),
    alive_after_24h: share(shareAliveAfter(lives, 1_440)),
    median_life_minutes: medianMinutes === null ? null : Math.round(medianMinutes),
  };
}

function historyBucket({ startedAtMs, seconds, ...counts }: CheckInterval) {
  const { passed, failed, inconclusive } = counts;
  const judged = passed + failed;
  return {
    started_at: toTimestamp(startedAtMs),
    ...counts,
    checks_per_second: Number(((judged + inconclusive) / seconds).toFixed(3)),
    success_rate: judged === 0 ? null : Number((passed / judged).toFixed(4)),
  };
}

interface Dependencies {
  store: PoolStatsStore;
  league: LeagueStore;
  history: Pick<CheckHistoryStore, 'samples' | 'totals'>;
  clock: Clock;
  notifiers: Pick<NotifiersService, 'plugins'>;
}

export function createStatsService({ store, league, history, clock, notifiers }: Dependencies) {
  return {
    /** The whole inventory in figures. */
    async pool() {
      const [groups, countries, tenths, sums, sources] = await Promise.all([
        store.groups(),
        store.countries(),
        store.scoreTenths(),
        store.sums(),
        store.sources(),
      ]);
      return {
        total_proxies: groups.reduce((total, group) => total + group.proxies, 0),
        by_status: countBy(proxyStatuses, groups, (group) => group.status),
        by_protocol: countBy(proxyProtocols, groups, (group) => group.protocol),
        by_anonymity: countBy(anonymityLevels, groups, (group) => group.anonymity),
        by_country: Object.fromEntries(countries.map(({ country, proxies }) => [country, proxies])),
        by_score: scoreHistogram(tenths),
        avg_score: average(sums.scoreHundredths / 100, sums.scored, 2),
        avg_latency_ms: average(sums.latencyUs / 1_000, sums.timed, 1),
        sources_active: sources.active,
        sources_total: sources.total,
        last_scrape_at: toTimestampOrNull(sources.lastScrapedAtMs),
        last_validation_at: toTimestampOrNull(sums.lastCheckedAtMs),
      };
    },

    /** What the checks of the last hours came to, by minute or by hour. */
    async history({ hours }: { hours: number }) {
      const nowMs = clock.nowMs();
      const fromMs = nowMs - hours * INTERVAL_MS.hour;
      const interval = intervalFor(hours);
      const [samples, totals] = await Promise.all([history.samples(startOf(interval, fromMs)), history.totals()]);
      return { interval, buckets: everyInterval(interval, samples, { fromMs, nowMs, totals }).map(historyBucket) };
    },

    /** The source league: what each source brought, and how long it lives. */
    async sources(query: { limit: number; cursor?: string | undefined }) {
      const list = await listIdentity('stats/sources', {});
      const position = query.cursor === undefined ? null : leaguePositionOf(list, query.cursor);
      const [rows, total] = await Promise.all([league.page(position, query.limit + 1), league.total()]);
      const page = rows.slice(0, query.limit);
      const lives = await league.lives(page.map(({ id }) => id));
      const last = page.at(-1);
      return {
        items: page.map((row) => leagueItem(row, lives.get(row.id) ?? [])),
        next_cursor: last && rows.length > query.limit ? encodeCursor(list, [last.discovered, last.id]) : null,
        total_count: total,
      };
    },

    /** What is plugged in. */
    async plugins() {
      return {
        parsers: Object.values(parsers).map(({ name }) => ({ name, type: 'SourceParser' as const })),
        checkers: checkers.map(({ name, stage, priority }) => ({ name, stage, priority })),
        notifiers: await notifiers.plugins(),
      };
    },
  };
}

export type StatsService = ReturnType<typeof createStatsService>;
