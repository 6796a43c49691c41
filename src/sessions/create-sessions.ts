import type { Authentication } from '../accounts/authentication.service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import type { Config } from '../platform/env.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { SecretBox } from '../platform/secrets.ts';
import { createEventWritesStore } from './event-writes.store.ts';
import { createEventsService } from './events.service.ts';
import { createEventsStore } from './events.store.ts';
import type { Feeds } from './feed/feed.client.ts';
import { createFeedAccess } from './feed/feed-access.service.ts';
import { createFeedTickets } from './feed/feed-tickets.ts';
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
  config: Config;
  feeds: Feeds;
  authentication: Authentication;
  secretBox: SecretBox;
}

/** Puts the parts of this feature together: sessions, their events, and the figures of both. */
export function createSessions(dependencies: Dependencies) {
  const { binding, database, clock, logger, version, config, feeds, authentication, secretBox } = dependencies;
  const isRateLimited = config.RATE_LIMITS === 'on';
  const eventsStore = createEventsStore(database);
  return {
    feeds,
    feedAccess: createFeedAccess({
      feeds,
      tickets: createFeedTickets(secretBox, clock),
      authentication,
      allowedOrigins: config.ALLOWED_ORIGINS,
    }),
    sessions: createSessionsService({
      binding,
      database,
      store: createSessionsStore(database),
      endStore: createSessionEndStore(binding),
      eventsStore,
      feeds,
      clock,
    }),
    sessionEvents: createEventsService({
      binding,
      database,
      store: eventsStore,
      writesStore: createEventWritesStore(database),
      feeds,
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
