import type { ScheduledJob } from '../../schedules.ts';

/** Each minute: deletes what is past its time, a bounded part of it. */
export const retentionJob: ScheduledJob = {
  name: 'retention',
  process: 'retention',
  async run({ retention }, nowMs) {
    const summary = await retention.run(nowMs);
    const parts = [
      [summary.proxies, 'dead proxies'],
      [summary.checkRounds, 'check rounds'],
      [summary.idempotentAnswers, 'idempotent answers'],
      [summary.invites, 'used invites'],
      [summary.leaseReports, 'lease reports'],
      [summary.proxiedRequests, 'proxied requests'],
      [summary.sessions, 'sessions'],
      [summary.sessionEvents, 'session events'],
      [summary.sessionProxies, 'proxies of sessions'],
    ] as const;
    const done = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    return done.length === 0 ? null : `deleted ${done.join(', ')}`;
  },
};
