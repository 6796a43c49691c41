import type { Clock } from '../../platform/clock.ts';
import type { OutboxFlusher } from '../../platform/durable/outbox-flusher.ts';
import type { BookState, Effect, PendingLease, Refused } from './book-state.model.ts';
import type { BookTimers } from './book-timers.ts';
import { expireWaiters } from './lease-book.model.ts';
import { writeToBook } from './lease-book.storage.ts';
import { LEFT, type OpenWaits } from './open-waits.ts';
import type { Waiter } from './wait-queue.model.ts';

interface Surroundings {
  ctx: DurableObjectState;
  state: BookState;
  timers: BookTimers;
  waits: OpenWaits;
  outbox: OutboxFlusher;
  clock: () => Clock;
}

/** Commands change the state in memory; here what they write is stored, and whoever they concern is told. */
export function createBookRunner({ ctx, state, timers, waits, outbox, clock }: Surroundings) {
  const nowMs = () => clock().nowMs();
  return {
    /** One command: changes memory, stores, answers waiters. If storing fails, memory is wrong and starts anew. */
    run<Outcome>(command: (state: BookState, nowMs: number) => Effect<Outcome>): Outcome {
      let effect: Effect<Outcome>;
      try {
        effect = command(state, nowMs());
        const { writes } = effect;
        if (writes.length > 0) ctx.storage.transactionSync(() => writeToBook(ctx.storage.sql, writes));
      } catch (error) {
        ctx.abort('the book could not store what it decided');
        throw error;
      }
      if (effect.writes.some((write) => write.kind === 'ended')) timers.purgeLater(0);
      if (effect.writes.some((write) => write.kind === 'expired_event')) outbox.written();
      waits.answer(effect.served);
      timers.arm();
      return effect.outcome;
    },

    /** Until the waiter is served, refused, or gone. */
    async waitFor(waiter: Waiter): Promise<PendingLease | Refused> {
      if (waits.hasLeft(waiter.waiterId)) {
        state.queue.leave(waiter.ticket);
        return LEFT;
      }
      return waits.open(waiter, nowMs(), () => {
        waits.answer(expireWaiters(state, Math.max(waiter.deadlineAtMs, nowMs())));
      });
    },
  };
}

export type BookRunner = ReturnType<typeof createBookRunner>;
