import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import type { AddressPolicy } from '../platform/net/public-url.ts';
import type { SecretBox } from '../platform/secrets.ts';
import { createAttemptsService } from './attempts.service.ts';
import { createDeliveriesService } from './deliveries.service.ts';
import { createDeliveriesStore } from './deliveries.store.ts';
import { createDeliveryHints } from './delivery-hints.ts';
import { createDueDeliveriesStore } from './due-deliveries.store.ts';
import type { EventFeeds } from './event-news.ts';
import { createEventRouter } from './event-router.ts';
import { createNotifierSecrets } from './notifier-secret.ts';
import { createNotifiersService } from './notifiers.service.ts';
import { createNotifiersStore } from './notifiers.store.ts';
import type { NotificationMessage } from './notifiers.types.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  queue: Queue<NotificationMessage>;
  secretBox: SecretBox;
  policy: AddressPolicy;
  feeds: EventFeeds;
  clock: Clock;
  random?: () => number;
}

/** Puts the parts of this feature together: who wants to hear of what, events becoming deliveries, deliveries going out. */
export function createNotifiers(dependencies: Dependencies) {
  const { binding, database, queue, secretBox, policy, feeds, clock, random } = dependencies;
  const notifiersStore = createNotifiersStore(database);
  const secrets = createNotifierSecrets(secretBox);
  const notifiers = createNotifiersService({ database, store: notifiersStore, secrets, policy, clock });
  const hints = createDeliveryHints(queue, clock);
  const store = createDeliveriesStore(database);
  return {
    notifiers,
    deliveries: createDeliveriesService({
      store,
      dueStore: createDueDeliveriesStore(database),
      notifiers,
      hints,
      clock,
    }),
    attempts: createAttemptsService({
      store,
      notifiersStore,
      notifiers,
      secrets,
      hints,
      policy,
      clock,
      fetch: (url, init) => fetch(url, init),
      ...(random && { random }),
    }),
    events: createEventRouter({ binding, queue, feeds, clock }),
    hints,
  };
}
