import type { Credits, Lease } from '../../../api-client/pool.types.ts';
import { useCredits, useLeases } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { Card, Facts } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatCount, formatCountdown } from '../../parts/format.model.ts';
import { spendingSince } from './spending.model.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** The API's: `recent_transactions` holds the newest 50. */
const RECENT_TRANSACTIONS = 50;

function spentText(credits: Credits, nowMs: number): string {
  const { spent, isAtLeast } = spendingSince(credits, nowMs - DAY_MS, RECENT_TRANSACTIONS);
  return `${isAtLeast ? 'at least ' : ''}${formatCount(spent)}`;
}

function nextEnd(leases: readonly Lease[], nowMs: number): string {
  const ends = leases.map(({ expires_at: at }) => Date.parse(at)).filter((atMs) => atMs > nowMs);
  return ends.length === 0 ? '–' : `in ${formatCountdown(Math.min(...ends) - nowMs)}`;
}

/** What it costs me: credits and the leases that use them. */
export function CostCard() {
  const nowMs = useNowMs();
  const credits = useCredits();
  const leases = useLeases();
  const error = credits.error ?? leases.error;
  const live = leases.data?.items ?? null;
  return (
    <Card title="Cost" aside={<a href={hashOf('leases')}>Leases</a>}>
      {error && !credits.data && <ErrorNote error={error} />}
      <p class="figure">
        {credits.data ? formatCount(credits.data.balance) : '…'} <span class="figure-unit">credits left</span>
      </p>
      <Facts
        facts={[
          ['Spent in 24 hours', credits.data ? spentText(credits.data, nowMs) : '…'],
          ['Leases running', live ? formatCount(live.length) : '…'],
          ['The next one ends', live ? nextEnd(live, nowMs) : '…'],
          ['A lease costs', '1 credit, a renewal 1'],
        ]}
      />
    </Card>
  );
}
