import { z } from 'zod';
import { describeError } from '../../platform/log/logger.ts';
import { type QueueConsumer, retryDelaySeconds } from '../../platform/queue/consumer.ts';
import type { Services } from '../../services.ts';
import { CHECKS_PER_MESSAGE, type CheckMessage, type CheckRequest, toCheckMessages } from './check-message.types.ts';
import type { BatchSummary } from './checks.service.ts';

/**
 * The platform allows 32 invocations a request: this many probes and the consumer itself, with room to spare. More at once
 * would wait for the processor too, and a proxy's latency would show it.
 */
export const MAX_PROBES_PER_BATCH = 25;
/** Pause before what a batch did not finish is tried once more; after that cron sends it. */
const AGAIN_DELAY_SECONDS = 10;

const messageSchema = z.object({
  proxies: z.array(z.object({ id: z.string(), round: z.number().int() })).max(CHECKS_PER_MESSAGE),
  again: z.boolean().optional(),
});

function describe({ passed, failed, inconclusive, suspect, unfinished, rowsWritten }: BatchSummary): string {
  const parts = [`${passed} passed`, `${failed} failed`];
  if (inconclusive > 0) parts.push(`${inconclusive} inconclusive`);
  if (suspect > 0) parts.push(`${suspect} not counted: nearly all that were good failed at once`);
  if (unfinished.length > suspect) parts.push(`${unfinished.length - suspect} not finished in time`);
  return `checks: ${parts.join(', ')} (${rowsWritten} rows written)`;
}

/** What who listens hears of a batch. */
function liveNews({ passed, failed, inconclusive, statusChanges }: BatchSummary) {
  if (passed + failed + inconclusive === 0) return [];
  return [
    { type: 'checks' as const, data: { passed, failed, inconclusive } },
    ...statusChanges.map((data) => ({ type: 'proxy_status' as const, data })),
  ];
}

/** Sends the requests that may be tried once more; those that were are left to cron, or an outage would multiply them. */
async function sendAgain(queue: Queue<CheckMessage>, unfinished: readonly CheckRequest[], isLast: ReadonlySet<string>) {
  const bodies = toCheckMessages(unfinished.filter(({ id }) => !isLast.has(id)));
  if (bodies.length === 0) return;
  await queue.sendBatch(
    bodies.map((body) => ({ body: { ...body, again: true } })),
    { delaySeconds: AGAIN_DELAY_SECONDS },
  );
}

/**
 * Checks the proxies of a batch of messages. Without a judge messages are acknowledged and the rows stay due. When the
 * result can't be written nothing of it counts, the messages come again, and the run has failed (it throws).
 */
export const checksConsumer: QueueConsumer<Services> = async (batch, services, context) => {
  const requests: CheckRequest[] = [];
  const isLast = new Set<string>();
  const accepted: Message[] = [];
  for (const message of batch.messages) {
    const parsed = messageSchema.safeParse(message.body);
    if (!parsed.success)
      services.logger.error('queue message of an unknown form', { queue: batch.queue, id: message.id });
    if (!parsed.success || services.config.JUDGE_URL === '') {
      message.ack();
    } else if (requests.length + parsed.data.proxies.length > MAX_PROBES_PER_BATCH) {
      message.retry();
    } else {
      accepted.push(message);
      requests.push(...parsed.data.proxies);
      if (parsed.data.again) for (const { id } of parsed.data.proxies) isLast.add(id);
    }
  }
  if (requests.length === 0) return;
  try {
    const summary = await services.checks.runBatch(requests, (request) => context.exports.Prober.probe(request));
    for (const message of accepted) message.ack();
    await sendAgain(services.checksQueue, summary.unfinished, isLast).catch((error: unknown) => {
      services.logger.warn('unfinished checks not sent again; cron will', describeError(error));
    });
    if (summary.hasEvents) await services.hints.outboxWritten();
    const { passed, failed, inconclusive, unfinished } = summary;
    services.feeds.tellInventoryIfHeard(liveNews(summary));
    // A batch of repeated messages did nothing worth a line.
    if (passed + failed + inconclusive + unfinished.length > 0) {
      await services.processLog.append('validator', summary.suspect > 0 ? 'warn' : 'info', describe(summary));
    }
  } catch (error) {
    for (const message of accepted) message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
    await services.processLog.append('validator', 'error', `checks: nothing counted: ${describeError(error).error}`);
    throw error;
  }
};
