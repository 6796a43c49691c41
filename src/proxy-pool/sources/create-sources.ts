import type { ProcessLog } from '../../ops/logs/log-book.client.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import type { AddressPolicy } from '../../platform/net/public-url.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import type { CheckMessage } from '../checks/check-message.types.ts';
import type { PoolsService } from '../pools/pools.service.ts';
import { createProxyUpsertStore } from '../proxies/proxy-upsert.store.ts';
import { createScrapesService } from './scrapes.service.ts';
import { createSourceFetcher, type SourceFetch, type SourceFetchLimits } from './source-fetch.ts';
import { createSourceScraper } from './source-scrape.ts';
import { createSourcesService } from './sources.service.ts';
import { createSourcesStore } from './sources.store.ts';
import type { ScrapeMessage } from './sources.types.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  pools: PoolsService;
  secretBox: SecretBox;
  processLog: ProcessLog;
  clock: Clock;
  policy: AddressPolicy;
  scrapesQueue: Queue<ScrapeMessage>;
  checksQueue: Queue<CheckMessage>;
  fetch?: SourceFetch;
  fetchLimits?: SourceFetchLimits;
  maxEntries?: number;
}

const platformFetch: SourceFetch = (url, init) => fetch(url, init);

/** Puts the parts of this feature together: what people do with sources, and what scrapes them. */
export function createSources(dependencies: Dependencies) {
  const { binding, database, pools, secretBox, processLog, clock, policy, fetchLimits, maxEntries } = dependencies;
  const store = createSourcesStore(database);
  const fetcher = createSourceFetcher({
    fetch: dependencies.fetch ?? platformFetch,
    clock,
    policy,
    ...(fetchLimits && { limits: fetchLimits }),
  });
  const sources = createSourcesService({ database, store, pools, secretBox, policy, clock });
  const scraper = createSourceScraper({
    store,
    upserts: createProxyUpsertStore({ binding, secretBox }),
    fetcher,
    secretBox,
    clock,
    checks: dependencies.checksQueue,
    processLog,
    allowPrivateNetworks: policy.allowPrivateNetworks,
    ...(maxEntries !== undefined && { maxEntries }),
  });
  const scrapes = createScrapesService({
    store,
    sources,
    scraper,
    fetcher,
    queue: dependencies.scrapesQueue,
    policy,
    clock,
  });
  return { sources, scrapes };
}
