import type { EventData } from '../../notifiers/events.schemas.ts';
import type { ScheduledJob } from '../../schedules.ts';
import { levelOf } from './pool-level.model.ts';

/** Each minute: a pool that fell below POOL_LOW_THRESHOLD is told of, and one that recovered may fall again. */
export const watchPoolsJob: ScheduledJob = {
  name: 'watch pools',
  process: 'validator',
  async run({ config, poolLevels, hints }, nowMs) {
    const threshold = config.POOL_LOW_THRESHOLD;
    const changes: string[] = [];
    for (const { number, name, leasable, level: before } of await poolLevels.counts()) {
      const level = levelOf(before, leasable, threshold);
      if (level === null || level === before) continue;
      const payload = { pool: name, leasable, threshold } satisfies EventData<'proxy.pool_low'>;
      await poolLevels.note({ poolNumber: number, level, payload }, nowMs);
      changes.push(`${name} is ${level} with ${leasable} leasable proxies`);
    }
    if (changes.length === 0) return null;
    await hints.outboxWritten();
    return changes.join(', ');
  },
};
