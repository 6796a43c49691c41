import type { ScheduledJob } from '../../schedules.ts';

/** Each minute: providers that follow the inventory lose the proxies that fail, and get others for them. */
export const followInventoryJob: ScheduledJob = {
  name: 'follow the inventory',
  process: 'lease-reaper',
  async run({ inventoryFollower }) {
    const changed = await inventoryFollower.follow();
    return changed === 0 ? null : `${changed} providers have other proxies now`;
  },
};
