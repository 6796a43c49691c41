import type { ScheduledJob } from '../../schedules.ts';

/** Rows of each interval that a run deletes at most. */
const MAX_ROWS_DELETED = 5_000;

/** Each minute: what has ended becomes hours, days and months, and what is past its time goes. */
export const rollUpTelemetryJob: ScheduledJob = {
  name: 'roll up telemetry',
  process: 'telemetry-rollup',
  async run({ rollUp }, nowMs) {
    const written = await rollUp.ofEnded(nowMs);
    const deleted = await rollUp.deleteOld(nowMs, MAX_ROWS_DELETED);
    return written + deleted === 0 ? null : `${written} intervals rolled up, ${deleted} rows deleted`;
  },
};
