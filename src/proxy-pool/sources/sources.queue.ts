import { z } from 'zod';
import { AppError } from '../../platform/errors/app-error.ts';
import { describeError } from '../../platform/log/logger.ts';
import { type QueueConsumer, retryDelaySeconds } from '../../platform/queue/consumer.ts';
import type { Services } from '../../services.ts';

const messageSchema = z.object({ sourceId: z.string() });

/** Scrapes sources that are due. A failure of ours, not of a source, is thrown in the end: the run has failed. */
export const scrapesConsumer: QueueConsumer<Services> = async (batch, services) => {
  const failures: unknown[] = [];
  for (const message of batch.messages) {
    const parsed = messageSchema.safeParse(message.body);
    if (!parsed.success) {
      services.logger.error('queue message of an unknown form', { queue: batch.queue, id: message.id });
      message.ack();
      continue;
    }
    try {
      await services.scrapes.scrapeIfDue(parsed.data.sourceId);
      message.ack();
    } catch (error) {
      // A source's own failure stands in its row, with the time of the next try: nothing for the queue to repeat.
      if (error instanceof AppError) {
        message.ack();
        continue;
      }
      services.logger.error('scrape failed on our side', { sourceId: parsed.data.sourceId, ...describeError(error) });
      message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
};
