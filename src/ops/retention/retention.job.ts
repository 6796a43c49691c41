import type { ScheduledJob } from '../../schedules.ts';

/** Each minute: deletes what is past its time, a bounded part of it. */
export const retentionJob: ScheduledJob = {
  name: 'retention',
  process: 'retention',
  async run({ retention }, nowMs) {
    const { proxies, checkRounds, idempotentAnswers, invites } = await retention.run(nowMs);
    const parts = [
      [proxies, 'dead proxies'],
      [checkRounds, 'check rounds'],
      [idempotentAnswers, 'idempotent answers'],
      [invites, 'used invites'],
    ] as const;
    const done = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    return done.length === 0 ? null : `deleted ${done.join(', ')}`;
  },
};
