import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { LeaseBookClient } from '../leases/lease-book.client.ts';
import { createOutcomesStore } from '../outcomes/outcomes.store.ts';
import { createBookNewsStore } from '../proxies/book-news.store.ts';
import type { CheckMessage } from './check-message.types.ts';
import { createChecksService } from './checks.service.ts';
import { createChecksStore } from './checks.store.ts';
import { createDueStore } from './due.store.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  queue: Queue<CheckMessage>;
  bookOf: (poolNumber: number) => LeaseBookClient;
  clock: Clock;
  logger: Logger;
  /** Between two checks of a good proxy. */
  checkIntervalMs: number;
}

/** Puts the parts of this feature together: what is due, the rounds themselves, and whom their results concern. */
export function createChecks({ binding, database, queue, bookOf, clock, logger, checkIntervalMs }: Dependencies) {
  const bookNews = createBookNewsStore(database);
  const store = createChecksStore({ binding });
  return {
    bookNews,
    checksQueue: queue,
    checks: createChecksService({
      store,
      outcomes: createOutcomesStore(binding),
      bookNews,
      bookOf,
      clock,
      logger,
      checkIntervalMs,
    }),
    dueChecks: createDueStore(database),
  };
}
