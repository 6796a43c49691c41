import { keepPreviousData, useQuery } from '@tanstack/preact-query';
import { useMemo, useState } from 'preact/hooks';
import type { CheckHistory } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card } from '../../parts/card.tsx';
import { Chart } from '../../parts/chart.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatNoun, formatShare } from '../../parts/format.model.ts';
import { historyLines, sumUp } from './history-lines.model.ts';

const spans = [
  ['1', 'Last hour'],
  ['6', 'Last 6 hours'],
  ['24', 'Last day'],
  ['168', 'Last week'],
  ['720', 'Last 30 days'],
] as const;
/** The newest point moves with every batch of checks; minutes are the finest there is. */
const HISTORY_EVERY_MS = 15_000;

function Charts({ history }: { history: CheckHistory }) {
  const { timesS, rate, success } = useMemo(() => historyLines(history), [history]);
  const { checks, success: share } = sumUp(history);
  return (
    <>
      <p class="muted">
        {formatNoun(checks, 'check')}, {formatShare(share)} passed.
      </p>
      <h3>Checks a second</h3>
      <Chart label="Checks a second over time" timesS={timesS} lines={rate} />
      <h3>Passed, %</h3>
      <Chart label="Share of checks that passed, over time" timesS={timesS} lines={success} />
    </>
  );
}

/** How much is checked, and how it goes. */
export function HistoryCard() {
  const [hours, setHours] = useState('1');
  const path = `/stats/history?hours=${hours}`;
  const history = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => call<CheckHistory>('GET', path, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: HISTORY_EVERY_MS,
  });
  const choice = (
    <select aria-label="Time span" value={hours} onChange={(event) => setHours(event.currentTarget.value)}>
      {spans.map(([value, shown]) => (
        <option key={value} value={value}>
          {shown}
        </option>
      ))}
    </select>
  );
  return (
    <Card title="Checks over time" aside={choice}>
      {history.error && <ErrorNote error={history.error} retry={() => void history.refetch()} />}
      {!history.data && !history.error && <Busy label="Asking for the history" />}
      {history.data && <Charts history={history.data} />}
    </Card>
  );
}
