import { useMemo } from 'preact/hooks';
import type { Transaction } from '../../../api-client/pool.types.ts';
import { usePages } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card } from '../../parts/card.tsx';
import { Chart } from '../../parts/chart.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatAgo, formatCount } from '../../parts/format.model.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { type BalancePoint, runningBalance } from './running-balance.model.ts';

const columns = [
  { title: 'When' },
  { title: 'What' },
  { title: 'Credits', kind: 'number' },
  { title: 'Balance', kind: 'number' },
] as const;

const noQuery = new URLSearchParams();
/** It ends now: an account that has just begun has little to show before. */
const LEAST_SPAN_S = 60;

function BalanceChart({ points }: { points: readonly BalancePoint[] }) {
  const { timesS, lines } = useMemo(() => {
    const oldestFirst = [...points].reverse();
    const balances = oldestFirst.map(({ balanceAfter }) => balanceAfter);
    const bookedS = oldestFirst.map(({ transaction }) => Date.parse(transaction.created_at) / 1_000);
    // What it is since the last entry: else the step that this one made would not be seen.
    const values = [...balances, balances.at(-1) ?? 0];
    return {
      timesS: [...bookedS, Math.max(Date.now() / 1_000, bookedS.at(-1) ?? 0)],
      lines: [{ name: 'Balance', color: '--accent', values, isStepped: true }],
    };
  }, [points]);
  const label = 'Balance after each entry; the entries are listed below';
  return <Chart label={label} timesS={timesS} lines={lines} leastSpanS={LEAST_SPAN_S} />;
}

function Entries({ points }: { points: readonly BalancePoint[] }) {
  const nowMs = useNowMs();
  return (
    <PlainTable label="Entries of the ledger" columns={columns}>
      {points.map(({ transaction, balanceAfter }, index) => (
        <tr key={points.length - index}>
          <td title={transaction.created_at}>{formatAgo(transaction.created_at, nowMs)}</td>
          <td>
            <span class="tag">{transaction.tx_type}</span> {transaction.description}
          </td>
          <td class="number">{`${transaction.amount > 0 ? '+' : ''}${formatCount(transaction.amount)}`}</td>
          <td class="number">{formatCount(balanceAfter)}</td>
        </tr>
      ))}
    </PlainTable>
  );
}

/** Where the credits came from and went. */
export function Ledger({ balance }: { balance: number | null }) {
  const pages = usePages<Transaction>('/account/transactions', noQuery);
  const points = useMemo(() => {
    const newestFirst = pages.data?.pages.flatMap(({ items }) => items) ?? [];
    return balance === null ? [] : runningBalance(balance, newestFirst);
  }, [pages.data, balance]);
  return (
    <Card title="Ledger">
      {pages.error && <ErrorNote error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Busy label="Asking for the ledger" />}
      {pages.data && points.length === 0 && (
        <p class="muted">Nothing yet. Every credit that comes or goes will be an entry here, for good.</p>
      )}
      {points.length > 1 && <BalanceChart points={points} />}
      {points.length > 0 && <Entries points={points} />}
      <MoreButton pages={pages} label="Older entries" />
    </Card>
  );
}
