import { rollUpTelemetryJob } from './gateway/telemetry/telemetry.job.ts';
import { notifyJob, purgeDeliveriesJob } from './notifiers/notifications.job.ts';
import type { ProcessName } from './ops/processes/process-names.ts';
import { reencryptJob } from './ops/reencryption/reencryption.job.ts';
import { retentionJob } from './ops/retention/retention.job.ts';
import { queueChecksJob } from './proxy-pool/checks/checks.job.ts';
import { watchPoolsJob } from './proxy-pool/pools/pools.job.ts';
import { syncBooksJob } from './proxy-pool/proxies/books.job.ts';
import { scrapeDueSourcesJob } from './proxy-pool/sources/sources.job.ts';
import { sampleChecksJob } from './proxy-pool/stats/history.job.ts';
import { syncRotorsJob } from './routing/configuration/rotors.job.ts';
import { followInventoryJob } from './routing/inventory/inventory.job.ts';
import type { Services } from './services.ts';

/** One background job: what it is called, whose process it belongs to, what it does. Returns what it did, for the log. */
export interface ScheduledJob {
  name: string;
  process: ProcessName;
  /** The summary of a run for the process log, or null when there was nothing to do. */
  run(services: Services, nowMs: number): Promise<string | null>;
}

/** Cron expression → its jobs, in order. The expressions are those of wrangler.toml. */
export const schedules: Record<string, readonly ScheduledJob[]> = {
  '* * * * *': [
    scrapeDueSourcesJob,
    queueChecksJob,
    sampleChecksJob,
    syncBooksJob,
    followInventoryJob,
    syncRotorsJob,
    watchPoolsJob,
    notifyJob,
    purgeDeliveriesJob,
    retentionJob,
    rollUpTelemetryJob,
    reencryptJob,
  ],
};
