import type { ScheduledJob } from '../../schedules.ts';
import { CHECKS_PER_MESSAGE, type CheckMessage, toCheckMessages } from './check-message.types.ts';
import { DUE_SLACK_MS } from './checks.model.ts';

/** Proxies queued at one tick, and waiting in the queue at any time: what a single consumer manages in a few minutes. */
export const MAX_CHECKS_PER_TICK = 1_000;
/** The good ones have room of their own, or new lists would starve them: 50,000, each checked every five minutes. */
export const MAX_GOOD_CHECKS_PER_TICK = 10_000;
/** The platform's limit of messages in one `sendBatch`. */
const MAX_BATCH_MESSAGES = 100;

/** Proxies that wait in the queue already; none where the platform does not say. */
async function waitingChecks(queue: Queue<CheckMessage>): Promise<number> {
  const { backlogCount = 0 } = await queue.metrics().catch(() => ({ backlogCount: 0 }));
  return backlogCount * CHECKS_PER_MESSAGE;
}

/**
 * Each minute: due proxies, the most valuable first, go to the queue CHECKS. One whose message still waits may be sent
 * again: its round makes the second message a no-op, which is cheaper than a claim, a row written for every check. The
 * queue's backlog counts against the budget, so the copies stay bounded.
 */
export const queueChecksJob: ScheduledJob = {
  name: 'queue due checks',
  process: 'validator',
  async run({ config, dueChecks, checksQueue }, nowMs) {
    if (config.JUDGE_URL === '')
      return 'JUDGE_URL is empty, so nothing can be checked: set it to this Worker’s http:// URL';
    const waiting = await waitingChecks(checksQueue);
    if (waiting >= MAX_GOOD_CHECKS_PER_TICK) return 'the queue is full; nothing sent';
    const due = await dueChecks.findDue(nowMs + DUE_SLACK_MS, {
      good: MAX_GOOD_CHECKS_PER_TICK - waiting,
      all: MAX_CHECKS_PER_TICK - waiting,
    });
    const messages = toCheckMessages(due).map((body) => ({ body }));
    for (let start = 0; start < messages.length; start += MAX_BATCH_MESSAGES) {
      await checksQueue.sendBatch(messages.slice(start, start + MAX_BATCH_MESSAGES));
    }
    return due.length === 0 ? null : `${due.length} proxies sent to the queue`;
  },
};
