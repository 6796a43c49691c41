import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import type { Logger } from '../platform/log/logger.ts';
import { createEventWritesStore } from './event-writes.store.ts';
import { createEventsService } from './events.service.ts';
import { createEventsStore } from './events.store.ts';
import { createFiguresService } from './figures.service.ts';
import { createFiguresStore } from './figures.store.ts';
import { createSessionEndStore } from './session-end.store.ts';
import { createSessionsService } from './sessions.service.ts';
import { createSessionsStore } from './sessions.store.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  clock: Clock;
  logger: Logger;
  version: string;
  isRateLimited: boolean;
}

/** Puts the parts of this feature together: sessions, their events, and the figures of both. */
export function createSessions({ binding, database, clock, logger, version, isRateLimited }: Dependencies) {
  const eventsStore = createEventsStore(database);
  return {
    sessions: createSessionsService({
      binding,
      database,
      store: createSessionsStore(database),
      endStore: createSessionEndStore(binding),
      eventsStore,
      clock,
    }),
    sessionEvents: createEventsService({
      binding,
      database,
      store: eventsStore,
      writesStore: createEventWritesStore(database),
      clock,
    }),
    sessionFigures: createFiguresService({
      store: createFiguresStore(database),
      clock,
      logger,
      version,
      isRateLimited,
    }),
  };
}
