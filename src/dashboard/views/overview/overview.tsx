import type { PoolStats } from '../../../api-client/pool.types.ts';
import { usePoolStats } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { Busy } from '../../parts/busy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ActivityCard } from './activity-card.tsx';
import { CompositionCard, CountryCard, ScoreCard } from './breakdown-cards.tsx';
import { CostCard } from './cost-card.tsx';
import { HistoryCard } from './history-card.tsx';
import { PoolCard } from './pool-card.tsx';
import { TickerCard } from './ticker-card.tsx';
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

/** Is my pool healthy, what is it doing, what does it cost me. All of it is asked for at once: nothing waits for another. */
export function Overview() {
  const stats = usePoolStats();
  return (
    <>
      {!stats.data && !stats.error && <Busy label="Asking for the figures" />}
      {!stats.data && stats.error && <ErrorNote error={stats.error} retry={() => void stats.refetch()} />}
      {stats.data && <VerdictLine stats={stats.data} />}
      <div class="grid">
        {stats.data && <PoolCard stats={stats.data} />}
        {stats.data && <ActivityCard stats={stats.data} />}
        <CostCard />
      </div>
      <div class="grid grid-wide">
        <HistoryCard />
        <TickerCard />
      </div>
      {stats.data && (
        <div class="grid">
          <CompositionCard stats={stats.data} />
          <CountryCard stats={stats.data} />
          <ScoreCard stats={stats.data} />
        </div>
      )}
    </>
  );
}
