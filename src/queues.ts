import { notificationsConsumer } from './notifiers/notifications.queue.ts';
import { deadLettersConsumer } from './ops/queues/dead-letters.queue.ts';
import type { QueueConsumer } from './platform/queue/consumer.ts';
import { checksConsumer } from './proxy-pool/checks/checks.queue.ts';
import { scrapesConsumer } from './proxy-pool/sources/sources.queue.ts';
import type { Services } from './services.ts';

/** Queue name → its consumer. A queue without one is an error of deployment. */
export const queues: Record<string, QueueConsumer<Services>> = {
  'switchyard-checks': checksConsumer,
  'switchyard-scrapes': scrapesConsumer,
  'switchyard-notifications': notificationsConsumer,
  'switchyard-dead-letters': deadLettersConsumer,
};
