import { sql } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import type { DeliveryKey } from './notifiers.types.ts';

/** Due deliveries of one notifier that a sweep sends: one that fails may not take the whole sweep. */
export const MAX_SWEPT_PER_NOTIFIER = 50;

/** What the jobs read and remove: deliveries of all notifiers. CROSS JOIN keeps its order, which the planner would turn round. */
export function createDueDeliveriesStore(database: Database) {
  return {
    /** Due deliveries of active notifiers, MAX_SWEPT_PER_NOTIFIER of each at most. */
    due(nowMs: number, limit: number): Promise<DeliveryKey[]> {
      return database.all<DeliveryKey>(sql`
        SELECT delivery.notifier_id AS notifierId, delivery.event_id AS eventId
        FROM notifiers CROSS JOIN notifier_deliveries AS delivery
          ON delivery.notifier_id = notifiers.id AND delivery.event_id IN (
            SELECT event_id FROM notifier_deliveries AS due
            WHERE due.notifier_id = notifiers.id AND due.status = 'pending' AND due.next_attempt_at <= ${nowMs}
            ORDER BY due.next_attempt_at LIMIT ${MAX_SWEPT_PER_NOTIFIER})
        WHERE notifiers.is_active = 1 LIMIT ${limit}`);
    },

    /**
     * Forgets deliveries of events before a moment, and of each notifier those beyond the newest `maxKept`, whatever
     * became of them; `limit` at most of each. Returns how many.
     */
    async purge({ beforeEventId, maxKept, limit }: { beforeEventId: string; maxKept: number; limit: number }) {
      const old = await database.run(sql`DELETE FROM notifier_deliveries WHERE (notifier_id, event_id) IN (
          SELECT delivery.notifier_id, delivery.event_id FROM notifiers CROSS JOIN notifier_deliveries AS delivery
            ON delivery.notifier_id = notifiers.id AND delivery.event_id < ${beforeEventId} LIMIT ${limit})`);
      // Materialized: asked once a notifier, not once a delivery.
      const many = await database.run(sql`
        WITH bounds AS MATERIALIZED (
          SELECT id, (SELECT event_id FROM notifier_deliveries WHERE notifier_id = notifiers.id
            ORDER BY event_id DESC LIMIT 1 OFFSET ${maxKept}) AS event_id FROM notifiers)
        DELETE FROM notifier_deliveries WHERE (notifier_id, event_id) IN (
          SELECT delivery.notifier_id, delivery.event_id FROM bounds CROSS JOIN notifier_deliveries AS delivery
            ON delivery.notifier_id = bounds.id AND delivery.event_id <= bounds.event_id LIMIT ${limit})`);
      return old.meta.changes + many.meta.changes;
    },
  };
}

export type DueDeliveriesStore = ReturnType<typeof createDueDeliveriesStore>;
