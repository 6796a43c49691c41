import type { ProcessLog } from '../../ops/logs/log-book.client.ts';
import { type CheckMessage, toCheckMessages } from '../checks/check-message.types.ts';

/** First checks sent at once after a scrape; what is more is due anyway and comes by cron. */
export const MAX_FIRST_CHECKS = 1_000;
/** The platform's limit of messages in one `sendBatch`. */
const MAX_BATCH_MESSAGES = 100;

/** Sends new proxies to their first check, MAX_FIRST_CHECKS at most. Only a hint: one that fails is logged, no more. */
export async function enqueueFirstChecks(
  queue: Queue<CheckMessage>,
  proxyIds: readonly string[],
  processLog: ProcessLog,
): Promise<void> {
  const requests = proxyIds.slice(0, MAX_FIRST_CHECKS).map((id) => ({ id, round: 0 }));
  const messages = toCheckMessages(requests).map((body) => ({ body }));
  try {
    for (let start = 0; start < messages.length; start += MAX_BATCH_MESSAGES) {
      await queue.sendBatch(messages.slice(start, start + MAX_BATCH_MESSAGES));
    }
  } catch {
    await processLog.append('scraper', 'warn', 'first checks could not be sent; they are due and follow by schedule');
  }
}
