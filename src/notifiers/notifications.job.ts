import type { ScheduledJob } from '../schedules.ts';
import { MAX_ROUTED_EVENTS } from './event-router.ts';

/** Transactions that drain the outbox at one tick: 2,000 events a minute. */
export const MAX_DRAINS_PER_TICK = 20;
/** Deliveries are forgotten once an hour, in the minute that begins it. */
const PURGE_MINUTES = 60;

/** Each minute: what is in the outbox becomes deliveries, and deliveries whose time has come go to the queue. */
export const notifyJob: ScheduledJob = {
  name: 'deliver notifications',
  process: 'notifier',
  async run({ events, deliveries }) {
    let routed = 0;
    for (let drain = 0; drain < MAX_DRAINS_PER_TICK; drain += 1) {
      const drained = await events.drainOutbox();
      routed += drained.events;
      if (drained.events < MAX_ROUTED_EVENTS) break;
    }
    const sent = await deliveries.sweep();
    return routed + sent === 0 ? null : `${routed} events routed, ${sent} due deliveries sent to the queue`;
  },
};

/** Each hour: deliveries past their time are forgotten. */
export const purgeDeliveriesJob: ScheduledJob = {
  name: 'forget old deliveries',
  process: 'retention',
  async run({ deliveries }, nowMs) {
    if (Math.floor(nowMs / 60_000) % PURGE_MINUTES !== 0) return null;
    const forgotten = await deliveries.purge();
    return forgotten === 0 ? null : `${forgotten} old deliveries forgotten`;
  },
};
