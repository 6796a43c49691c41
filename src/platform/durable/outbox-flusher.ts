import { createLogger, describeError } from '../log/logger.ts';
import { hasOutboxRows, type OutboxRow, readOutbox, removeFromOutbox } from './outbox.ts';

/** Events of a moment go together: an object that raises many hands them on once in this time. */
export const OUTBOX_DELAY_MS = 1_000;
/** Rows handed on in one call. */
export const OUTBOX_PAGE_ROWS = 100;
/** Pages in one run, which is 10,000 events: all that an outbox may hold. */
export const MAX_OUTBOX_PAGES = 100;
/** A run that failed, or died with its object, is repeated after this. */
export const OUTBOX_RETRY_MS = 30_000;

interface Dependencies {
  ctx: DurableObjectState;
  /** Takes the events over for good; they are handed over again unless it returns, so it must not mind doubles. */
  handOver(events: readonly OutboxRow[]): Promise<void>;
  /** Sets the object's timer for the next run, or clears it (null). The alarm behind it must be in the storage. */
  schedule(delayMs: number | null): void;
}

export type OutboxFlusher = ReturnType<typeof createOutboxFlusher>;

/**
 * Empties an object's outbox. Events leave it only once they were taken over, and while there are any an alarm stands:
 * a crash at any point costs time, not events.
 */
export function createOutboxFlusher({ ctx, handOver, schedule }: Dependencies) {
  const { sql } = ctx.storage;
  let isRunning = false;

  async function run(): Promise<void> {
    for (let page = 0; page < MAX_OUTBOX_PAGES; page += 1) {
      const rows = readOutbox(sql, OUTBOX_PAGE_ROWS);
      const last = rows.at(-1);
      if (!last) break;
      await handOver(rows);
      removeFromOutbox(sql, last.position);
    }
    schedule(hasOutboxRows(sql) ? 0 : null);
  }

  return {
    /** To be called when events were written, in the same turn: the alarm then commits with them. */
    written: (): void => schedule(OUTBOX_DELAY_MS),
    /** To be called at the object's start: what an earlier life left behind. */
    started: (): void => {
      if (hasOutboxRows(sql)) schedule(0);
    },
    /** The timer rang. Runs in the background, so that nothing else of the object waits for it. */
    rang: (): void => {
      schedule(OUTBOX_RETRY_MS);
      if (isRunning) return;
      isRunning = true;
      const running = run()
        .catch((error: unknown) => createLogger().error('outbox not handed over', describeError(error)))
        .finally(() => {
          isRunning = false;
        });
      ctx.waitUntil(running);
    },
  };
}
