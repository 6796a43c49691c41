import type { ScheduledJob } from '../../schedules.ts';

/** Each minute: Rotors hear of changes that a crash, or an object out of reach, kept from them. */
export const syncRotorsJob: ScheduledJob = {
  name: 'sync rotors',
  process: 'lease-reaper',
  async run({ rotorSync }) {
    const told = await rotorSync.tellAllPending();
    return told === 0 ? null : `${told} rotors heard of a change`;
  },
};
