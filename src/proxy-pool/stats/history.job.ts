import type { ScheduledJob } from '../../schedules.ts';
import { startOf } from './history.model.ts';

/** Each minute: keeps how many checks there were so far, for charts. */
export const sampleChecksJob: ScheduledJob = {
  name: 'sample check figures',
  process: 'validator',
  async run({ checkHistory }, nowMs) {
    await checkHistory.sample(startOf('minute', nowMs));
    return null;
  },
};
