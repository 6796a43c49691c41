import { useMemo } from 'preact/hooks';
import type { ProxyCheck } from '../../../api-client/pool.types.ts';
import { useNowMs } from '../../app/clock.ts';
import { Chart } from '../../parts/chart.tsx';
import { formatAgo, formatLatency } from '../../parts/format.model.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { latencyLines } from './check-lines.model.ts';

const columns = [
  { title: 'When' },
  { title: 'Result' },
  { title: 'What was seen' },
  { title: 'Latency', kind: 'number' },
] as const;

function CheckRow({ check }: { check: ProxyCheck }) {
  const nowMs = useNowMs();
  const [word, tone] = check.passed ? ['passed', 'good'] : check.inconclusive ? ['open', 'waiting'] : ['failed', 'bad'];
  return (
    <tr>
      <td>{formatAgo(check.created_at, nowMs)}</td>
      <td>
        <span class={`tag tag-${tone}`}>{check.verdict ?? word}</span>
      </td>
      <td>
        {check.checker_name}: {check.detail}
      </td>
      <td class="number">{formatLatency(check.latency_ms)}</td>
    </tr>
  );
}

/** Its newest checks: a picture, and each of them. */
export function ProxyChecks({ checks }: { checks: readonly ProxyCheck[] }) {
  const { timesS, lines } = useMemo(() => latencyLines(checks), [checks]);
  if (checks.length === 0) {
    return (
      <section aria-label="Checks">
        <h3>Checks</h3>
        <p class="muted">It has not been checked yet. A new proxy waits for a few minutes at most.</p>
      </section>
    );
  }
  return (
    <section aria-label="Checks">
      <h3>Latency of the last {checks.length} checks, ms</h3>
      <Chart label="Latency of the last checks; each of them is listed below" timesS={timesS} lines={lines} />
      <PlainTable label="Checks" columns={columns}>
        {checks.map((check) => (
          <CheckRow key={`${check.created_at} ${check.stage}`} check={check} />
        ))}
      </PlainTable>
    </section>
  );
}
