import { intervalStartMs, mergeBuckets, nextIntervalMs } from './telemetry.model.ts';
import type { TelemetryStore } from './telemetry.store.ts';
import type { Interval } from './telemetry.types.ts';

/** Buckets looked at in a run of the cron job, at each level: what is more waits a minute. */
export const MAX_PENDING_BUCKETS = 2_000;
/** Longer intervals written in a run, at each level: each is two round trips to D1. */
export const MAX_ROLLED_UP = 200;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** How long each interval is kept; months stay (contract, "Retention by interval"). */
export const TELEMETRY_KEPT_MS: Partial<Record<Interval, number>> = {
  minute: 2 * DAY_MS,
  hour: 90 * DAY_MS,
  day: 2 * 366 * DAY_MS,
};

const steps = [
  ['minute', 'hour'],
  ['hour', 'day'],
  ['day', 'month'],
] as const satisfies readonly (readonly [Interval, Interval])[];

export function createRollUp(store: TelemetryStore) {
  async function rollUpOne(proxyId: string, part: Interval, whole: Interval, startedAtMs: number): Promise<void> {
    const range = { fromMs: startedAtMs, beforeMs: nextIntervalMs(whole, startedAtMs) };
    const parts = await store.parts(proxyId, part, range);
    const bucket = mergeBuckets(startedAtMs, parts);
    if (bucket) await store.writeRolledUp(proxyId, whole, bucket, part, parts);
  }

  async function step(part: Interval, whole: Interval, scope: { proxyId: string | null; beforeMs: number }) {
    const pending = await store.pending(part, scope, MAX_PENDING_BUCKETS);
    const due = new Map<string, { proxyId: string; startedAtMs: number }>();
    for (const { proxyId, startedAtMs } of pending) {
      const wholeAtMs = intervalStartMs(whole, startedAtMs);
      due.set(`${proxyId} ${wholeAtMs}`, { proxyId, startedAtMs: wholeAtMs });
    }
    const now = [...due.values()].slice(0, MAX_ROLLED_UP);
    for (const { proxyId, startedAtMs } of now) await rollUpOne(proxyId, part, whole, startedAtMs);
    return now.length;
  }

  return {
    /** Hours, days and months of one proxy, up to what is in its minutes. */
    async ofProxy(proxyId: string): Promise<void> {
      for (const [part, whole] of steps) await step(part, whole, { proxyId, beforeMs: Number.MAX_SAFE_INTEGER });
    },

    /** Every proxy's hours, days and months that have ended; returns how many were written. A second run finds nothing. */
    async ofEnded(nowMs: number): Promise<number> {
      let written = 0;
      for (const [part, whole] of steps) {
        written += await step(part, whole, { proxyId: null, beforeMs: intervalStartMs(whole, nowMs) });
      }
      return written;
    },

    /** Deletes what is past its time; `maxRows` of each interval at most. */
    async deleteOld(nowMs: number, maxRows: number): Promise<number> {
      let deleted = 0;
      for (const [whole, interval] of [
        ['hour', 'minute'],
        ['day', 'hour'],
        ['month', 'day'],
      ] as const) {
        const keptMs = TELEMETRY_KEPT_MS[interval] ?? 0;
        // Whole hours, days, months: what is left of one can't be added up again.
        deleted += await store.deleteOld(interval, intervalStartMs(whole, nowMs - keptMs), maxRows);
      }
      return deleted;
    },
  };
}

export type RollUp = ReturnType<typeof createRollUp>;
