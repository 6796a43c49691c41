import type { PoolStats } from '../../../api-client/pool.types.ts';
import { useNowMs } from '../../app/clock.ts';
import { Card, Facts } from '../../parts/card.tsx';
import { formatAgo, formatLatency } from '../../parts/format.model.ts';

/** What it is doing. */
export function ActivityCard({ stats }: { stats: PoolStats }) {
  const nowMs = useNowMs();
  return (
    <Card title="Activity">
      <p class="figure">
        {formatAgo(stats.last_validation_at, nowMs)} <span class="figure-unit">last check</span>
      </p>
      <Facts
        facts={[
          ['Last scrape', formatAgo(stats.last_scrape_at, nowMs)],
          ['Sources in use', `${stats.sources_active} of ${stats.sources_total}`],
          ['Average latency', formatLatency(stats.avg_latency_ms)],
          ['Average score', stats.avg_score === null ? '–' : stats.avg_score.toFixed(2)],
        ]}
      />
    </Card>
  );
}
