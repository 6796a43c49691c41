import type { Clock } from '../platform/clock.ts';
import { appError } from '../platform/errors/app-error.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../platform/http/pagination.ts';
import { smallestIdAt } from '../platform/ids.ts';
import type { DeliveriesStore } from './deliveries.store.ts';
import type { DeliveryHints } from './delivery-hints.ts';
import type { DueDeliveriesStore } from './due-deliveries.store.ts';
import { renderDelivery } from './notifier-row.ts';
import type { NotifiersService } from './notifiers.service.ts';
import type { DeliveryKey, DeliveryPage } from './notifiers.types.ts';

/** Deliveries sent, and waiting in the queue, at any time: what the consumers manage in a minute. */
export const MAX_SWEPT_DELIVERIES = 1_000;
/** Deliveries are kept as long as the checks' history. */
export const DELIVERY_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Of one notifier, whatever became of them: a receiver that is down for weeks must not fill the database. */
export const MAX_KEPT_DELIVERIES = 50_000;
/** Deliveries forgotten in one go, by age and by number each. */
export const MAX_PURGED_DELIVERIES = 5_000;

interface Dependencies {
  store: DeliveriesStore;
  dueStore: DueDeliveriesStore;
  notifiers: NotifiersService;
  hints: DeliveryHints;
  clock: Clock;
}

/** What people and jobs do with deliveries. */
export function createDeliveriesService({ store, dueStore, notifiers, hints, clock }: Dependencies) {
  return {
    async list(notifierId: string, page: DeliveryPage) {
      await notifiers.requireNotifier(notifierId);
      const list = await listIdentity('deliveries', { ...page, notifierId });
      const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor, 1)[0];
      const { items, total } = await store.list({
        notifierId,
        status: page.status,
        limit: page.limit + 1,
        afterId: after?.toString() ?? null,
      });
      const shown = items.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(renderDelivery),
        next_cursor: items.length > page.limit && last ? encodeCursor(list, [last.eventId]) : null,
        total_count: total,
      };
    },

    /** Sends an event again, with the same id and all attempts anew, whatever became of it before. */
    async redeliver(key: DeliveryKey) {
      const nowMs = clock.nowMs();
      const delivery = await store.makeDue(key, nowMs);
      if (!delivery) throw appError('NOT_FOUND', { message: 'There is no such delivery.' });
      await hints.sendAt(key, nowMs);
      return renderDelivery(delivery);
    },

    /** Sends messages for what is due, as far as the queue has room; returns for how many. */
    async sweep(): Promise<number> {
      const room = MAX_SWEPT_DELIVERIES - (await hints.waiting());
      if (room <= 0) return 0;
      const keys = await dueStore.due(clock.nowMs(), room);
      await hints.sendNow(keys);
      return keys.length;
    },

    /** Forgets what is too old or too much; returns how many deliveries. */
    purge(): Promise<number> {
      return dueStore.purge({
        beforeEventId: smallestIdAt(clock.nowMs() - DELIVERY_KEPT_MS),
        maxKept: MAX_KEPT_DELIVERIES,
        limit: MAX_PURGED_DELIVERIES,
      });
    },
  };
}

export type DeliveriesService = ReturnType<typeof createDeliveriesService>;
