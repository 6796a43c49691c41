import type { QueueConsumer } from '../../platform/queue/consumer.ts';
import type { Services } from '../../services.ts';

/**
 * Messages that failed at every delivery. Nothing is lost with one: a message is a hint, its row stays due and is
 * sent again by cron. What is left to do is to say so.
 */
export const deadLettersConsumer: QueueConsumer<Services> = async (batch, services) => {
  for (const message of batch.messages) {
    services.logger.error('queue message given up; its row stays due', { id: message.id, body: message.body });
    message.ack();
  }
};
