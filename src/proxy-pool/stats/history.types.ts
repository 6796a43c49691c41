export const historyIntervals = ['minute', 'hour'] as const;
export type HistoryInterval = (typeof historyIntervals)[number];

export const INTERVAL_MS: Readonly<Record<HistoryInterval, number>> = { minute: 60_000, hour: 3_600_000 };

/** What rounds came to. */
export interface CheckTotals {
  passed: number;
  failed: number;
  inconclusive: number;
}

/** The totals since the beginning, as they stood at a time. */
export interface CheckSample extends CheckTotals {
  takenAtMs: number;
}
