import { describeError } from '../../platform/log/logger.ts';
import { redactText } from '../../platform/log/redact.ts';
import type { QueueEntry } from '../../queues.ts';
import type { ScheduledJob } from '../../schedules.ts';
import type { Services } from '../../services.ts';
import type { ProcessName } from './process-names.ts';
import type { RunReport } from './supervisor.types.ts';

const NOTHING_TO_DO = 'nothing to do';

/** Why a run failed, in a line for people. A failed query says itself what was asked; its cause says what was wrong. */
function failureOf(error: unknown): string {
  const { error: message, cause } = describeError(error);
  return cause === undefined ? String(message) : `${cause} (${message})`;
}

async function runJob(
  job: ScheduledJob,
  services: Services,
  nowMs: number,
): Promise<{ isOk: boolean; output: string }> {
  try {
    const summary = await job.run(services, nowMs);
    if (summary === null) return { isOk: true, output: '' };
    const output = `${job.name}: ${summary}`;
    await services.processLog.append(job.process, 'info', output);
    return { isOk: true, output };
  } catch (error) {
    // One job's failure is its own: the next ones run, and the row it was about stays due.
    services.logger.error('job failed', { job: job.name, ...describeError(error) });
    const output = `${job.name} failed: ${failureOf(error)}`;
    await services.processLog.append(job.process, 'error', output);
    return { isOk: false, output };
  }
}

/** Runs the jobs of one cron, those of stopped processes excepted, and tells the supervisor how each process fared. */
export async function runJobs(jobs: readonly ScheduledJob[], services: Services, nowMs: number): Promise<void> {
  const outcomes = new Map<ProcessName, { isOk: boolean; output: string }[]>();
  for (const job of jobs) {
    if (!(await services.processes.isRunning(job.process))) continue;
    const outcome = await runJob(job, services, nowMs);
    outcomes.set(job.process, [...(outcomes.get(job.process) ?? []), outcome]);
  }
  const reports = [...outcomes].map(([process, runs]): RunReport => {
    const failed = runs.filter(({ isOk }) => !isOk);
    const shown = (failed.length > 0 ? failed : runs).map(({ output }) => output).filter((output) => output !== '');
    const output = redactText(shown.join('; ')) || NOTHING_TO_DO;
    return { process, runner: 'cron', isOk: failed.length === 0, output };
  });
  await services.processes.report(reports);
}

/**
 * Lets a queue's consumer handle a batch. While its process is stopped the messages are acknowledged: the rows that they
 * hint at stay due. A consumer that throws has failed as a run; messages that it left unmarked come again.
 */
export async function runConsumer(
  { process, consume }: QueueEntry,
  batch: MessageBatch,
  services: Services,
  context: ExecutionContext,
): Promise<void> {
  if (process === null) return consume(batch, services, context);
  if (!(await services.processes.isRunning(process))) {
    for (const message of batch.messages) message.ack();
    return;
  }
  const run = { process, runner: batch.queue };
  try {
    await consume(batch, services, context);
    await services.processes.report([{ ...run, isOk: true, output: `${batch.messages.length} messages handled` }]);
  } catch (error) {
    services.logger.error('consumer failed', { queue: batch.queue, ...describeError(error) });
    // The first mark of a message counts: this is for those that the consumer left without one.
    batch.retryAll();
    await services.processes.report([{ ...run, isOk: false, output: redactText(failureOf(error)) }]);
  }
}
