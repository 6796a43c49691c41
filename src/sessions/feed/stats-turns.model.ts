/** A stats_update at most so often (contract, "Sessions face"). */
export const STATS_INTERVAL_MS = 1_000;

/** When the next stats_update may go out; the past means at once. */
export function nextStatsAtMs(lastAtMs: number): number {
  return lastAtMs + STATS_INTERVAL_MS;
}
