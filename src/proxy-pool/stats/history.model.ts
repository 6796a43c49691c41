import { type CheckSample, type CheckTotals, type HistoryInterval, INTERVAL_MS } from './history.types.ts';

/** Up to here minutes are shown, beyond it hours: some hundred points either way. */
const MAX_HOURS_BY_MINUTE = 6;

export function intervalFor(hours: number): HistoryInterval {
  return hours <= MAX_HOURS_BY_MINUTE ? 'minute' : 'hour';
}

export function startOf(interval: HistoryInterval, atMs: number): number {
  return atMs - (atMs % INTERVAL_MS[interval]);
}

export interface CheckInterval extends CheckTotals {
  startedAtMs: number;
  /** Of the one that runs, those that have gone by. */
  seconds: number;
}

const NOTHING: CheckTotals = { passed: 0, failed: 0, inconclusive: 0 };

function between(from: CheckTotals, to: CheckTotals): CheckTotals {
  return {
    passed: to.passed - from.passed,
    failed: to.failed - from.failed,
    inconclusive: to.inconclusive - from.inconclusive,
  };
}

interface HistorySpan {
  fromMs: number;
  nowMs: number;
  /** As they stand now. */
  totals: CheckTotals;
}

/**
 * Every interval between two times, those without a check too; the last one is the one that runs. `samples` are oldest
 * first; the totals at any time are those of the newest one taken by then, so what was not sampled in time is in the interval
 * after which it was. Before the first one nothing is known.
 */
export function everyInterval(
  interval: HistoryInterval,
  samples: readonly CheckSample[],
  { fromMs, nowMs, totals }: HistorySpan,
): CheckInterval[] {
  const stepMs = INTERVAL_MS[interval];
  const first = startOf(interval, fromMs);
  const count = Math.floor((startOf(interval, nowMs) - first) / stepMs) + 1;
  let next = 0;
  let at: CheckTotals = samples[0] ?? totals;
  const totalsAt = (atMs: number): CheckTotals => {
    for (let sample = samples[next]; sample !== undefined && sample.takenAtMs <= atMs; sample = samples[next]) {
      at = sample;
      next += 1;
    }
    return at;
  };
  let before = totalsAt(first);
  return Array.from({ length: count }, (_interval, index) => {
    const startedAtMs = first + index * stepMs;
    const endsAtMs = startedAtMs + stepMs;
    const after = endsAtMs > nowMs ? totals : totalsAt(endsAtMs);
    const came = after === before ? NOTHING : between(before, after);
    before = after;
    // A whole second at least: nothing is divided by next to nothing.
    return { startedAtMs, ...came, seconds: Math.max(1, Math.min(stepMs, nowMs - startedAtMs) / 1_000) };
  });
}
