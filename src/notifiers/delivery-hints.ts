import type { Clock } from '../platform/clock.ts';
import { queueDelaySeconds } from './deliveries.model.ts';
import type { DeliveryKey, NotificationMessage } from './notifiers.types.ts';

/** The platform's limit of messages in one `sendBatch`. */
const MAX_BATCH_MESSAGES = 100;

/** Messages that say which deliveries are due. Hints only: the rows are the truth, and the sweep finds what they miss. */
export function createDeliveryHints(queue: Queue<NotificationMessage>, clock: Clock) {
  return {
    /** For one delivery at its time (null: never), when the queue can hold it that long. A failure to send is no matter. */
    async sendAt(key: DeliveryKey, dueAtMs: number | null): Promise<void> {
      const delaySeconds = dueAtMs === null ? null : queueDelaySeconds(dueAtMs, clock.nowMs());
      if (delaySeconds === null) return;
      await queue.send({ kind: 'delivery', ...key }, { delaySeconds }).catch(() => undefined);
    },

    /** For deliveries that are due now. */
    async sendNow(keys: readonly DeliveryKey[]): Promise<void> {
      const messages = keys.map((key) => ({ body: { kind: 'delivery' as const, ...key } }));
      for (let start = 0; start < messages.length; start += MAX_BATCH_MESSAGES) {
        await queue.sendBatch(messages.slice(start, start + MAX_BATCH_MESSAGES));
      }
    },

    /** Messages that wait already; none where the platform does not say. */
    async waiting(): Promise<number> {
      const { backlogCount = 0 } = await queue.metrics().catch(() => ({ backlogCount: 0 }));
      return backlogCount;
    },

    /** Says that D1's outbox has events. */
    async outboxWritten(): Promise<void> {
      await queue.send({ kind: 'outbox' }).catch(() => undefined);
    },
  };
}

export type DeliveryHints = ReturnType<typeof createDeliveryHints>;
