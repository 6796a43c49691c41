import type { ScheduledJob } from '../../schedules.ts';

/** Each minute, after a rotation of the encryption key: a bounded part of the stored secrets. */
export const reencryptJob: ScheduledJob = {
  name: 'encrypt secrets anew',
  process: 'retention',
  async run({ reencryption }, nowMs) {
    const done = await reencryption.run(nowMs);
    return done === 0 ? null : `${done} secrets encrypted with the new key`;
  },
};
