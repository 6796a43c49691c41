import type { Clock } from '../../platform/clock.ts';
import type { Config } from '../../platform/env.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createFeeds } from './feed.client.ts';
import type { Feed } from './feed.do.ts';

/** What outlives a request in an isolate: a cache only, never a fact. */
const unheard = new Map<string, number>();

interface Dependencies {
  namespace: DurableObjectNamespace<Feed>;
  config: Config;
  clock: Clock;
  logger: Logger;
  waitUntil(work: Promise<unknown>): void;
}

/** The live feeds: part of what others tell, so made before them. */
export function createLiveFeeds({ config, ...dependencies }: Dependencies) {
  return createFeeds({ ...dependencies, isPublic: config.PUBLIC_FEED, unheard });
}
