import type { CheckHistory } from '../../../api-client/pool.types.ts';
import type { Line } from '../../parts/chart.types.ts';

/** The checks over time as two pictures of the same moments. */
export function historyLines({ buckets }: CheckHistory): { timesS: number[]; rate: Line[]; success: Line[] } {
  return {
    timesS: buckets.map(({ started_at: at }) => Date.parse(at) / 1_000),
    rate: [{ name: 'Checks a second', color: '--accent', values: buckets.map((bucket) => bucket.checks_per_second) }],
    success: [
      {
        name: 'Passed, %',
        color: '--good',
        spansGaps: true,
        values: buckets.map(({ success_rate: rate }) => (rate === null ? null : rate * 100)),
      },
    ],
  };
}

/** All checks of a span, and the share of those that passed. */
export function sumUp({ buckets }: CheckHistory): { checks: number; success: number | null } {
  const sum = (name: 'passed' | 'failed' | 'inconclusive') =>
    buckets.reduce((total, bucket) => total + bucket[name], 0);
  const [passed, failed] = [sum('passed'), sum('failed')];
  const judged = passed + failed;
  return { checks: judged + sum('inconclusive'), success: judged === 0 ? null : passed / judged };
}
