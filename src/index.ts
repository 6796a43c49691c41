import { createApp } from './app.ts';
import { configOf } from './config.ts';
import { describeError } from './platform/log/logger.ts';
import { queues } from './queues.ts';
import { schedules } from './schedules.ts';
import { createServices } from './services.ts';

export { CreditLedger } from './accounts/credits/credit-ledger.do.ts';
export { TelemetryMeter } from './gateway/telemetry/telemetry-meter.do.ts';
export { TokenVault } from './gateway/tokens/token-vault.do.ts';
export { LogBook } from './ops/logs/log-book.do.ts';
export { RateWindow } from './platform/rate-limit/rate-window.do.ts';
export { Prober } from './proxy-pool/checks/prober.ts';
export { LeaseBook } from './proxy-pool/leases/lease-book.do.ts';
export { TargetTester } from './proxy-pool/target-tests/target-tester.ts';
export { Rotor } from './routing/rotation/rotor.do.ts';

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),

  async scheduled(controller, env, context) {
    const services = createServices(env, configOf(env), (work) => context.waitUntil(work));
    for (const job of schedules[controller.cron] ?? []) {
      if (!(await services.processes.isRunning(job.process))) continue;
      try {
        const summary = await job.run(services, controller.scheduledTime);
        if (summary !== null) await services.processLog.append(job.process, 'info', `${job.name}: ${summary}`);
      } catch (error) {
        // One job's failure is its own: the next ones run, and the row it was about stays due.
        services.logger.error('job failed', { job: job.name, ...describeError(error) });
        await services.processLog.append(job.process, 'error', `${job.name} failed: ${describeError(error).error}`);
      }
    }
  },

  async queue(batch, env, context) {
    const consumer = queues[batch.queue];
    if (!consumer) throw new Error(`no consumer for the queue ${batch.queue}`);
    await consumer(
      batch,
      createServices(env, configOf(env), (work) => context.waitUntil(work)),
      context,
    );
  },
} satisfies ExportedHandler<Env>;
