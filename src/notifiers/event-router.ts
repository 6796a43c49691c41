import { configOf } from '../config.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { OutboxRow } from '../platform/durable/outbox.ts';
import { createLogger } from '../platform/log/logger.ts';
import { createLiveFeeds } from '../sessions/feed/create-feeds.ts';
import { UNHEALTHY_FAILURES } from './deliveries.model.ts';
import { type EventFeeds, tellOfEvents } from './event-news.ts';
import type { DeliveryKey, NotificationMessage } from './notifiers.types.ts';

/** Events that one transaction routes; with the most notifiers there may be these are some thousand rows. */
export const MAX_ROUTED_EVENTS = 100;
/** New deliveries that are hinted at once, the platform's limit of one `sendBatch`; the sweep sends the others. */
export const MAX_HINTS = 100;
/** Of these, how many are of one notifier: a burst of its events must not keep the others waiting. */
export const MAX_HINTS_PER_NOTIFIER = 20;

/** Patterns are GLOBs as they are, and `is_active` is judged in the same statement: nothing can come between. */
const ROUTE = (events: string) => `
  INSERT OR IGNORE INTO notifier_deliveries
    (notifier_id, event_id, type, payload, occurred_at, status, attempts, next_attempt_at)
  SELECT notifiers.id, event.id, event.type, event.payload, event.created_at, 'pending', 0, ?1
  FROM (${events}) AS event JOIN notifiers ON notifiers.is_active = 1
  WHERE EXISTS (SELECT 1 FROM json_each(notifiers.events) AS pattern WHERE event.type GLOB pattern.value)
  RETURNING notifier_id AS notifierId, event_id AS eventId`;

const OLDEST_IN_OUTBOX = `SELECT id, type, payload, created_at FROM outbox ORDER BY id LIMIT ${MAX_ROUTED_EVENTS}`;

const REMOVE_OLDEST = `DELETE FROM outbox WHERE id IN (SELECT id FROM (${OLDEST_IN_OUTBOX}))
  RETURNING type, payload, created_at`;

const GIVEN = `SELECT value ->> 'eventId' AS id, value ->> 'type' AS type, value -> 'payload' AS payload,
  value ->> 'createdAtMs' AS created_at FROM json_each(?2)`;

const FAILING = `SELECT id FROM notifiers WHERE consecutive_failures >= ${UNHEALTHY_FAILURES}`;

interface Dependencies {
  binding: D1Database;
  queue: Queue<NotificationMessage>;
  /** Who listens hears of events as they are routed. */
  feeds: EventFeeds;
  clock: Clock;
}

/** Turns events into deliveries, one for each event and each notifier that subscribes to it, however often it is asked to. */
export function createEventRouter({ binding, queue, feeds, clock }: Dependencies) {
  /** Only hints: what is not sent, or lost, is found by the sweep. Notifiers that fail are left to it, at its pace. */
  async function hint(keys: readonly DeliveryKey[], failingIds: ReadonlySet<string>): Promise<void> {
    const counts = new Map<string, number>();
    const chosen = keys.filter(({ notifierId }) => {
      const count = (counts.get(notifierId) ?? 0) + 1;
      counts.set(notifierId, count);
      return !failingIds.has(notifierId) && count <= MAX_HINTS_PER_NOTIFIER;
    });
    const messages = chosen.slice(0, MAX_HINTS).map((key) => ({ body: { kind: 'delivery' as const, ...key } }));
    if (messages.length > 0) await queue.sendBatch(messages).catch(() => undefined);
  }

  async function route(routing: D1PreparedStatement, ...others: D1PreparedStatement[]) {
    const [routed, failing, ...rest] = await binding.batch<Record<string, string>>([
      routing,
      binding.prepare(FAILING),
      ...others,
    ]);
    const keys = (routed?.results ?? []).map(({ notifierId = '', eventId = '' }) => ({ notifierId, eventId }));
    await hint(keys, new Set(failing?.results.map(({ id = '' }) => id)));
    return { deliveries: keys.length, rest };
  }

  return {
    /** Routes events that were read elsewhere, MAX_ROUTED_EVENTS at most. Once it returns they need not be kept any more. */
    async routeEvents(events: readonly OutboxRow[]): Promise<void> {
      await route(binding.prepare(ROUTE(GIVEN)).bind(clock.nowMs(), JSON.stringify(events)));
      tellOfEvents(events, feeds);
    },

    /** Routes the oldest events of D1's outbox and removes them, in one transaction. */
    async drainOutbox(): Promise<{ events: number; deliveries: number }> {
      const removal = binding.prepare(REMOVE_OLDEST);
      const { deliveries, rest } = await route(binding.prepare(ROUTE(OLDEST_IN_OUTBOX)).bind(clock.nowMs()), removal);
      const removed = (rest[0]?.results ?? []).map(({ type = '', payload = '{}', created_at: createdAt }) => {
        return { type, payload: JSON.parse(payload), createdAtMs: Number(createdAt) };
      });
      tellOfEvents(removed, feeds);
      return { events: removed.length, deliveries };
    },
  };
}

/** For a Durable Object, which routes the events of its own outbox. */
export function createObjectEventRouter(env: Env, waitUntil: (work: Promise<unknown>) => void) {
  const clock = systemClock;
  const logger = createLogger();
  const feeds = createLiveFeeds({ namespace: env.FEED, config: configOf(env), clock, logger, waitUntil });
  return createEventRouter({ binding: env.DB, queue: env.NOTIFICATIONS, feeds, clock });
}

export type EventRouter = ReturnType<typeof createEventRouter>;
