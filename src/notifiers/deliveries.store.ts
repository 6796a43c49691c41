import { and, count, desc, eq, exists, lt, lte, sql } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import type { ConcludedAttempt, DeliveryStatus } from './deliveries.model.ts';
import { healthAfter } from './notifiers.store.ts';
import { notifierDeliveries, notifiers } from './notifiers.tables.ts';
import type { DeliveryKey, DeliveryRow } from './notifiers.types.ts';

export interface AttemptRecord extends ConcludedAttempt {
  key: DeliveryKey;
  /** The attempt that this is about: a result of another one changes nothing. */
  attempts: number;
  responseStatus: number | null;
  /** Null: delivered. */
  error: string | null;
  /** Why the notifier is switched off by this attempt; null: it isn't. */
  disabledReason: string | null;
  nowMs: number;
}

const isDelivery = ({ notifierId, eventId }: DeliveryKey) =>
  and(eq(notifierDeliveries.notifierId, notifierId), eq(notifierDeliveries.eventId, eventId));

async function claim(
  database: Database,
  key: DeliveryKey,
  nowMs: number,
  claimedUntilMs: number,
): Promise<DeliveryRow | null> {
  const isActive = database
    .select({ one: sql`1` })
    .from(notifiers)
    .where(and(eq(notifiers.id, key.notifierId), eq(notifiers.isActive, true)));
  const [row] = await database
    .update(notifierDeliveries)
    .set({
      attempts: sql`${notifierDeliveries.attempts} + 1`,
      nextAttemptAtMs: claimedUntilMs,
      lastAttemptAtMs: nowMs,
    })
    .where(
      and(
        isDelivery(key),
        eq(notifierDeliveries.status, 'pending'),
        lte(notifierDeliveries.nextAttemptAtMs, nowMs),
        exists(isActive),
      ),
    )
    .returning();
  return row ?? null;
}

export function createDeliveriesStore(database: Database) {
  return {
    /** A page of a notifier's deliveries, newest event first, and how many there are under the same filter. */
    async list(page: {
      notifierId: string;
      status: DeliveryStatus | undefined;
      limit: number;
      afterId: string | null;
    }) {
      const ofNotifier = eq(notifierDeliveries.notifierId, page.notifierId);
      const filter = page.status === undefined ? undefined : eq(notifierDeliveries.status, page.status);
      const after = page.afterId === null ? undefined : lt(notifierDeliveries.eventId, page.afterId);
      const [items, totals] = await database.batch([
        database
          .select()
          .from(notifierDeliveries)
          .where(and(ofNotifier, filter, after))
          .orderBy(desc(notifierDeliveries.eventId))
          .limit(page.limit),
        database.select({ total: count() }).from(notifierDeliveries).where(and(ofNotifier, filter)),
      ]);
      return { items, total: totals[0]?.total ?? 0 };
    },

    /** Takes a due delivery of an active notifier for one attempt; null when there is nothing to do. */
    claim: (key: DeliveryKey, nowMs: number, claimedUntilMs: number) => claim(database, key, nowMs, claimedUntilMs),

    /** Writes down how an attempt ended, in its delivery and in the notifier's health, in one transaction. */
    async record(attempt: AttemptRecord): Promise<void> {
      const { key, nowMs, error, disabledReason } = attempt;
      await database.batch([
        database
          .update(notifierDeliveries)
          .set({
            status: attempt.status,
            nextAttemptAtMs: attempt.nextAttemptAtMs,
            responseStatus: attempt.responseStatus,
            lastError: error,
            deliveredAtMs: attempt.status === 'delivered' ? nowMs : null,
          })
          .where(
            and(
              isDelivery(key),
              eq(notifierDeliveries.status, 'pending'),
              eq(notifierDeliveries.attempts, attempt.attempts),
            ),
          ),
        database
          .update(notifiers)
          .set({
            ...healthAfter(error, nowMs),
            ...(disabledReason === null ? {} : { isActive: false, disabledReason }),
          })
          .where(eq(notifiers.id, key.notifierId)),
      ]);
    },

    /** Makes a delivery due at once, with all its attempts before it again; null when there is none. */
    async makeDue(key: DeliveryKey, nowMs: number): Promise<DeliveryRow | null> {
      const [row] = await database
        .update(notifierDeliveries)
        .set({ status: 'pending', attempts: 0, nextAttemptAtMs: nowMs, deliveredAtMs: null })
        .where(isDelivery(key))
        .returning();
      return row ?? null;
    },
  };
}

export type DeliveriesStore = ReturnType<typeof createDeliveriesStore>;
