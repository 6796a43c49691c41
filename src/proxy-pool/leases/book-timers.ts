import type { Clock } from '../../platform/clock.ts';
import { createAlarmScheduler } from '../../platform/durable/alarm-scheduler.ts';
import type { BookState } from './book-state.model.ts';
import { nextPurgeAtMs } from './ended-leases.storage.ts';
import { nextExpiryMs } from './lease-book.model.ts';
import { uncertainReferences } from './lease-charge.model.ts';

/** Charged leases are marked so, all at once, this long after the first that isn't: what a restart must ask about. */
export const CHECKPOINT_DELAY_MS = 30_000;
/** A ledger that could not answer is asked again after this. */
export const SETTLE_RETRY_MS = 2_000;
/** Ended leases are forgotten at most this often. */
export const PURGE_INTERVAL_MS = 60 * 60 * 1000;

export type BookTimer = 'expire' | 'settle' | 'checkpoint' | 'purge' | 'outbox';

/** What a book has to do later, on its one alarm. Every method also sees to the alarm. */
export type BookTimers = ReturnType<typeof createBookTimers>;

export function createBookTimers(ctx: DurableObjectState, state: BookState, clock: () => Clock) {
  const timers = createAlarmScheduler<BookTimer>();
  const nowMs = () => clock().nowMs();

  /** Writes the alarm only when it must ring earlier than the one that stands: each write costs a row. */
  const arm = (): void => {
    const expiresAtMs = nextExpiryMs(state, nowMs());
    if (expiresAtMs !== null) timers.set('expire', expiresAtMs);
    const alarmAtMs = timers.alarmToWrite();
    if (alarmAtMs === null) return;
    timers.alarmWritten(alarmAtMs);
    ctx.waitUntil(ctx.storage.setAlarm(alarmAtMs));
  };

  const purgeLater = (notBeforeMs: number): void => {
    const purgeAtMs = nextPurgeAtMs(ctx.storage.sql);
    if (purgeAtMs !== null) timers.setNoLater('purge', Math.max(purgeAtMs, notBeforeMs));
    arm();
  };

  return {
    arm,
    /** At start: what the rows say is still to be done. */
    start: async (): Promise<void> => {
      timers.alarmWritten(await ctx.storage.getAlarm());
      if (uncertainReferences(state).size > 0 || state.owedRefunds.size > 0) timers.set('settle', nowMs());
      purgeLater(0);
    },
    /** The alarm rang: the timers that are due. */
    rang: (): BookTimer[] => {
      timers.alarmWritten(null);
      return timers.takeDue(nowMs());
    },
    settleLater: (): void => {
      timers.setNoLater('settle', nowMs() + SETTLE_RETRY_MS);
      arm();
    },
    /** Does nothing while the checkpoint covers all leases. */
    checkpointLater: (): void => {
      if (state.lastLeaseSequence > state.settledThroughSequence) {
        timers.setNoLater('checkpoint', nowMs() + CHECKPOINT_DELAY_MS);
      }
      arm();
    },
    /** When the outbox is looked at, from now; null: not at all. */
    outboxLater: (delayMs: number | null): void => {
      if (delayMs === null) timers.clear('outbox');
      else timers.setNoLater('outbox', nowMs() + delayMs);
      arm();
    },
    purgeLater,
    purgeNextTime: (): void => purgeLater(nowMs() + PURGE_INTERVAL_MS),
  };
}
