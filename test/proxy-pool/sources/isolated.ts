import { env } from 'cloudflare:workers';
import { createProcessLog } from '../../../src/ops/logs/log-book.client.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { parseConfig } from '../../../src/platform/env.ts';
import { createLogger } from '../../../src/platform/log/logger.ts';
import type { AddressPolicy } from '../../../src/platform/net/public-url.ts';
import { createSecretBox } from '../../../src/platform/secrets.ts';
import type { CheckMessage } from '../../../src/proxy-pool/checks/check-message.types.ts';
import { createPoolsCache, createPoolsService } from '../../../src/proxy-pool/pools/pools.service.ts';
import { createPoolsStore } from '../../../src/proxy-pool/pools/pools.store.ts';
import { createSources } from '../../../src/proxy-pool/sources/create-sources.ts';
import {
  SOURCE_FETCH_LIMITS,
  type SourceFetch,
  type SourceFetchLimits,
} from '../../../src/proxy-pool/sources/source-fetch.ts';
import type { ScrapeMessage } from '../../../src/proxy-pool/sources/sources.types.ts';
import { recordingQueue } from '../../support/recording-queue.ts';

interface Options {
  policy?: AddressPolicy;
  fetch?: SourceFetch;
  fetchLimits?: Partial<SourceFetchLimits>;
  maxEntries?: number;
  /** Time passes by itself; else it stands still until the test moves it. */
  isTimePassing?: boolean;
}

/** The feature on the real database, with a clock, limits and queues of the test's own. */
export function isolatedSources(options: Options = {}) {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const time = { nowMs: Date.now() };
  const clock: Clock = { nowMs: options.isTimePassing ? () => Date.now() : () => time.nowMs };
  const checks: CheckMessage[] = [];
  const scrapeMessages: ScrapeMessage[] = [];
  const database = createDatabase(env.DB);
  const secretBox = createSecretBox(parsed.config.ENCRYPTION_KEY);
  const { sources, scrapes } = createSources({
    binding: env.DB,
    database,
    pools: createPoolsService({ store: createPoolsStore(database), clock, cache: createPoolsCache() }),
    secretBox,
    processLog: createProcessLog(env.LOG_BOOK, clock, createLogger()),
    clock,
    policy: options.policy ?? { allowPrivateNetworks: true },
    scrapesQueue: recordingQueue(scrapeMessages),
    checksQueue: recordingQueue(checks),
    ...(options.fetch && { fetch: options.fetch }),
    fetchLimits: { ...SOURCE_FETCH_LIMITS, ...options.fetchLimits },
    ...(options.maxEntries !== undefined && { maxEntries: options.maxEntries }),
  });
  return { sources, scrapes, time, checks, scrapeMessages, secretBox };
}
