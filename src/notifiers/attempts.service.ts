import type { Clock } from '../platform/clock.ts';
import { createId } from '../platform/ids.ts';
import type { AddressPolicy } from '../platform/net/public-url.ts';
import { NOTIFY_TIMEOUT_MS, type NotifyOutcome } from '../plugins/notifiers/notifier.types.ts';
import { ATTEMPT_CLAIM_MS, concludeAttempt, MAX_ATTEMPTS } from './deliveries.model.ts';
import type { DeliveriesStore } from './deliveries.store.ts';
import type { DeliveryHints } from './delivery-hints.ts';
import { kindOf } from './notifier-changes.ts';
import type { NotifierSecrets } from './notifier-secret.ts';
import type { NotifiersService } from './notifiers.service.ts';
import type { NotifiersStore } from './notifiers.store.ts';
import type { DeliveryKey, DeliveryRow, NotifierRow } from './notifiers.types.ts';

interface Dependencies {
  store: DeliveriesStore;
  notifiersStore: NotifiersStore;
  notifiers: NotifiersService;
  secrets: NotifierSecrets;
  hints: DeliveryHints;
  policy: AddressPolicy;
  clock: Clock;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  random?: () => number;
}

/** How an attempt ended, for the log; null when there was nothing to do. */
export type AttemptSummary = {
  notifier: NotifierRow;
  delivery: DeliveryRow;
  outcome: NotifyOutcome;
  isDead: boolean;
} | null;

const INTERRUPTED: NotifyOutcome = {
  kind: 'failed',
  responseStatus: null,
  error: 'Every attempt was interrupted on our side.',
  retryAfterMs: null,
};

const errorOf = (outcome: NotifyOutcome): string | null => (outcome.kind === 'delivered' ? null : outcome.error);

/** What goes out: attempts at deliveries, and tests. */
export function createAttemptsService(dependencies: Dependencies) {
  const { store, notifiersStore, notifiers, secrets, hints, policy, clock, fetch, random = Math.random } = dependencies;

  async function notify(
    notifier: NotifierRow,
    event: Pick<DeliveryRow, 'eventId' | 'type' | 'occurredAtMs' | 'payload'>,
  ) {
    const { eventId, type, occurredAtMs, payload: data } = event;
    const secret = await secrets.open(notifier, clock.nowMs());
    const notification = { eventId, type, occurredAtMs, data };
    return kindOf(notifier).notify(
      { notification, settings: notifier.settings, secret },
      { policy, clock, fetch, timeoutMs: NOTIFY_TIMEOUT_MS },
    );
  }

  return {
    /** One attempt at a delivery that is due, once for however many messages. A crash in it costs ATTEMPT_CLAIM_MS. */
    async attempt(key: DeliveryKey): Promise<AttemptSummary> {
      const startedAtMs = clock.nowMs();
      const delivery = await store.claim(key, startedAtMs, startedAtMs + ATTEMPT_CLAIM_MS);
      const notifier = delivery && (await notifiersStore.find(key.notifierId));
      if (!notifier) return null;
      const outcome = delivery.attempts > MAX_ATTEMPTS ? INTERRUPTED : await notify(notifier, delivery);
      const nowMs = clock.nowMs();
      const concluded = concludeAttempt(outcome, delivery.attempts, { nowMs, random: random() });
      await store.record({
        key,
        ...concluded,
        attempts: delivery.attempts,
        responseStatus: outcome.responseStatus,
        error: errorOf(outcome),
        disabledReason: outcome.kind === 'gone' ? outcome.error : null,
        nowMs,
      });
      await hints.sendAt(key, concluded.nextAttemptAtMs);
      return { notifier, delivery, outcome, isDead: concluded.status === 'dead' };
    },

    /** Tells a notifier, active or not, of a made-up event at once. Nothing of it is kept but the notifier's health. */
    async test(notifierId: string) {
      const notifier = await notifiers.requireNotifier(notifierId);
      const occurredAtMs = clock.nowMs();
      const payload = { notifier_id: notifier.id, name: notifier.name };
      const outcome = await notify(notifier, { eventId: createId(), type: 'notifier.test', occurredAtMs, payload });
      const error = errorOf(outcome);
      await notifiersStore.noteAttempt(notifierId, error, clock.nowMs());
      return {
        delivered: error === null,
        response_status: outcome.responseStatus,
        error,
        duration_ms: clock.nowMs() - occurredAtMs,
      };
    },
  };
}

export type AttemptsService = ReturnType<typeof createAttemptsService>;
