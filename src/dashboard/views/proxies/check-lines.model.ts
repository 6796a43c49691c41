import type { ProxyCheck } from '../../../api-client/pool.types.ts';
import type { Line } from '../../parts/chart.types.ts';

/** The checks as points over time, oldest first: those that passed and those that did not. */
export function latencyLines(checks: readonly ProxyCheck[]): { timesS: number[]; lines: Line[] } {
  const ordered = [...checks].sort((left, right) => Date.parse(left.created_at) - Date.parse(right.created_at));
  const pick = (passed: boolean) => ordered.map((check) => (check.passed === passed ? check.latency_ms : null));
  return {
    timesS: ordered.map(({ created_at: at }) => Date.parse(at) / 1_000),
    lines: [
      { name: 'Passed', color: '--good', values: pick(true), isDotted: true },
      { name: 'Not passed', color: '--bad', values: pick(false), isDotted: true },
    ],
  };
}
