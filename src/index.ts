import { createApp } from './app.ts';
import { configOf } from './config.ts';
import { runConsumer, runJobs } from './ops/processes/runs.ts';
import { queues } from './queues.ts';
import { schedules } from './schedules.ts';
import { createServices } from './services.ts';

export { CreditLedger } from './accounts/credits/credit-ledger.do.ts';
export { TelemetryMeter } from './gateway/telemetry/telemetry-meter.do.ts';
export { TokenVault } from './gateway/tokens/token-vault.do.ts';
export { LogBook } from './ops/logs/log-book.do.ts';
export { Supervisor } from './ops/processes/supervisor.do.ts';
export { RateWindow } from './platform/rate-limit/rate-window.do.ts';
export { Prober } from './proxy-pool/checks/prober.ts';
export { LeaseBook } from './proxy-pool/leases/lease-book.do.ts';
export { TargetTester } from './proxy-pool/target-tests/target-tester.ts';
export { Rotor } from './routing/rotation/rotor.do.ts';
export { Feed } from './sessions/feed/feed.do.ts';

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),

  async scheduled(controller, env, context) {
    const services = createServices(env, configOf(env), (work) => context.waitUntil(work));
    await runJobs(schedules[controller.cron] ?? [], services, controller.scheduledTime);
  },

  async queue(batch, env, context) {
    const entry = queues[batch.queue];
    if (!entry) throw new Error(`no consumer for the queue ${batch.queue}`);
    const services = createServices(env, configOf(env), (work) => context.waitUntil(work));
    await runConsumer(entry, batch, services, context);
  },
} satisfies ExportedHandler<Env>;
