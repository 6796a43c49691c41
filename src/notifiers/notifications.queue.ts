import { z } from 'zod';
import { describeError } from '../platform/log/logger.ts';
import { type QueueConsumer, retryDelaySeconds } from '../platform/queue/consumer.ts';
import type { Services } from '../services.ts';
import type { AttemptSummary } from './attempts.service.ts';

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('delivery'), notifierId: z.string(), eventId: z.string() }),
  z.object({ kind: z.literal('outbox') }),
]);

/** Attempts at a time: a connection each, within the platform's six an invocation. */
const MAX_CONCURRENT_ATTEMPTS = 5;

type ParsedMessage = z.infer<typeof messageSchema>;

/** What is worth a line of its own: a delivery given up, a notifier switched off. */
async function report(summary: AttemptSummary, { processLog }: Services): Promise<void> {
  if (!summary) return;
  const { notifier, delivery, outcome, isDead } = summary;
  const what = `${notifier.kind} notifier ${notifier.id}: ${delivery.type} ${delivery.eventId}`;
  if (outcome.kind === 'delivered') return processLog.append('notifier', 'info', `${what} delivered`);
  if (outcome.kind === 'gone') return processLog.append('notifier', 'error', `${what}: ${outcome.error} Switched off.`);
  const end = isDead ? 'given up' : `attempt ${delivery.attempts} failed`;
  return processLog.append('notifier', isDead ? 'error' : 'warn', `${what} ${end}: ${outcome.error}`);
}

async function handle(message: ParsedMessage, services: Services): Promise<void> {
  if (message.kind === 'outbox') {
    await services.events.drainOutbox();
    return;
  }
  await report(await services.attempts.attempt(message), services);
}

/**
 * Delivers events. An attempt that fails is planned in its row, so nothing is left for the queue to repeat; only our own
 * failures are, and they are thrown in the end: the run has failed.
 */
export const notificationsConsumer: QueueConsumer<Services> = async (batch, services) => {
  const failures: unknown[] = [];
  const work = async (message: Message): Promise<void> => {
    const parsed = messageSchema.safeParse(message.body);
    if (!parsed.success) {
      services.logger.error('queue message of an unknown form', { queue: batch.queue, id: message.id });
      message.ack();
      return;
    }
    try {
      await handle(parsed.data, services);
      message.ack();
    } catch (error) {
      services.logger.error('notification failed on our side', describeError(error));
      message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
      failures.push(error);
    }
  };
  for (let start = 0; start < batch.messages.length; start += MAX_CONCURRENT_ATTEMPTS) {
    await Promise.all(batch.messages.slice(start, start + MAX_CONCURRENT_ATTEMPTS).map(work));
  }
  if (failures.length > 0) throw failures[0];
};
