import { usePoolStats } from '../../api/queries.ts';
import type { PoolStats } from '../../api/types.ts';
import { useNowMs } from '../../app/clock.ts';
import { Busy } from '../../parts/busy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ActivityCard } from './activity-card.tsx';
import { CompositionCard, CountryCard, ScoreCard } from './breakdown-cards.tsx';
import { CostCard } from './cost-card.tsx';
import { PoolCard } from './pool-card.tsx';
import { judgePool } from './verdict.model.ts';

function VerdictLine({ stats }: { stats: PoolStats }) {
  const { level, title, explanation, next } = judgePool(stats, useNowMs());
  return (
    <div class={`verdict verdict-${level}`}>
      <span class={`lamp tone-${level}`} aria-hidden="true" />
      <div>
        <h1>{title}</h1>
        <p>
          {explanation} {next && <a href={next.href}>{next.label}</a>}
        </p>
      </div>
    </div>
  );
}

/** Is my pool healthy, what is it doing, what does it cost me. */
export function Overview() {
  const stats = usePoolStats();
  if (!stats.data) {
    if (stats.error) return <ErrorNote error={stats.error} retry={() => void stats.refetch()} />;
    return <Busy label="Asking for the figures" />;
  }
  return (
    <>
      <VerdictLine stats={stats.data} />
      <div class="grid">
        <PoolCard stats={stats.data} />
        <ActivityCard stats={stats.data} />
        <CostCard />
        <CompositionCard stats={stats.data} />
        <CountryCard stats={stats.data} />
        <ScoreCard stats={stats.data} />
      </div>
    </>
  );
}
