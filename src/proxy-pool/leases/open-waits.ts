import type { PendingLease, Refused, Served } from './book-state.model.ts';
import { MAX_WAITERS, type Waiter } from './wait-queue.model.ts';

type WaitOutcome = PendingLease | Refused;

interface OpenWait {
  resolve: (outcome: WaitOutcome) => void;
  timeout: ReturnType<typeof setTimeout>;
}

/** The requests that wait in a book, by ticket: the promises behind the queue. */
export interface OpenWaits {
  /** Settles when the waiter is served, refused, or gone; `onDeadline` is called when its time is over. */
  open(waiter: Waiter, nowMs: number, onDeadline: () => void): Promise<WaitOutcome>;
  answer(served: readonly Served[]): void;
  /** A caller left before it stood in the queue: remembered, so that it doesn't wait for nobody. */
  leftEarly(waiterId: string): void;
  hasLeft(waiterId: string | null): boolean;
}

export const LEFT: Refused = { kind: 'refused', refusal: { ok: false, code: 'LEFT' } };

export function createOpenWaits(): OpenWaits {
  const waits = new Map<number, OpenWait>();
  const left = new Set<string>();

  return {
    open: (waiter, nowMs, onDeadline) =>
      new Promise((resolve) => {
        const timeout = setTimeout(onDeadline, Math.max(0, waiter.deadlineAtMs - nowMs));
        waits.set(waiter.ticket, { resolve, timeout });
      }),
    answer: (served) => {
      for (const { ticket, outcome } of served) {
        const wait = waits.get(ticket);
        waits.delete(ticket);
        clearTimeout(wait?.timeout);
        wait?.resolve(outcome);
      }
    },
    leftEarly: (waiterId) => {
      const [oldest] = left;
      if (left.size >= MAX_WAITERS && oldest !== undefined) left.delete(oldest);
      left.add(waiterId);
    },
    hasLeft: (waiterId) => waiterId !== null && left.delete(waiterId),
  };
}
