/** Failures in a row that disable a proxy (contract, "Sessions face"). */
export const FAILURES_TO_DISABLE = 3;
/** How long it stays so, whatever comes. */
export const DISABLED_MS = 30 * 60 * 1000;

/** Percent of successes from which on a proxy is healthy (reference, "Proxy Status Values"). */
export const HEALTHY_PERCENT = 80;
/** And from which on it is flagged; below it is blacklisted. */
export const FLAGGED_PERCENT = 50;

export const proxyHealths = ['healthy', 'flagged', 'blacklisted'] as const;
export type ProxyHealth = (typeof proxyHealths)[number];

/** How a proxy did in the sessions of one account. */
export interface ProxyRecord {
  /** Sessions that ended. */
  uses: number;
  successes: number;
  /** Since the last success, and outside of the times when it is disabled. */
  failedInRow: number;
  disabledUntilMs: number | null;
}

export const UNUSED: ProxyRecord = { uses: 0, successes: 0, failedInRow: 0, disabledUntilMs: null };

export function isEnabled({ disabledUntilMs }: Pick<ProxyRecord, 'disabledUntilMs'>, nowMs: number): boolean {
  return disabledUntilMs === null || disabledUntilMs <= nowMs;
}

/**
 * A proxy's record after a session that used it. The third failure in a row disables it; while it is disabled its
 * outcomes are counted, and neither end nor lengthen that; after it three new failures are needed.
 */
export function afterOutcome(record: ProxyRecord, success: boolean, nowMs: number): ProxyRecord {
  const { uses, successes, failedInRow, disabledUntilMs } = record;
  const counted = { uses: uses + 1, successes: successes + Number(success) };
  if (!isEnabled(record, nowMs)) return { ...counted, failedInRow: 0, disabledUntilMs };
  if (success) return { ...counted, failedInRow: 0, disabledUntilMs: null };
  const failed = failedInRow + 1;
  if (failed < FAILURES_TO_DISABLE) return { ...counted, failedInRow: failed, disabledUntilMs: null };
  return { ...counted, failedInRow: 0, disabledUntilMs: nowMs + DISABLED_MS };
}

/** Its status: by the share of successes in whole numbers, so that 4 of 5 are 80 % exactly. A proxy without data is healthy. */
export function healthOf(record: ProxyRecord, nowMs: number): ProxyHealth {
  const { uses, successes } = record;
  if (!isEnabled(record, nowMs) || 100 * successes < FLAGGED_PERCENT * uses) return 'blacklisted';
  return 100 * successes < HEALTHY_PERCENT * uses ? 'flagged' : 'healthy';
}
