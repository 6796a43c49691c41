import { notificationsConsumer } from './notifiers/notifications.queue.ts';
import type { ProcessName } from './ops/processes/process-names.ts';
import { deadLettersConsumer } from './ops/queues/dead-letters.queue.ts';
import type { QueueConsumer } from './platform/queue/consumer.ts';
import { checksConsumer } from './proxy-pool/checks/checks.queue.ts';
import { scrapesConsumer } from './proxy-pool/sources/sources.queue.ts';
import type { Services } from './services.ts';

export interface QueueEntry {
  /** Whose messages they are; null: handled whatever is stopped. */
  process: ProcessName | null;
  consume: QueueConsumer<Services>;
}

/** Queue name → its process and consumer. A queue without one is an error of deployment. */
export const queues: Record<string, QueueEntry> = {
  'switchyard-checks': { process: 'validator', consume: checksConsumer },
  'switchyard-scrapes': { process: 'scraper', consume: scrapesConsumer },
  'switchyard-notifications': { process: 'notifier', consume: notificationsConsumer },
  'switchyard-dead-letters': { process: null, consume: deadLettersConsumer },
};
