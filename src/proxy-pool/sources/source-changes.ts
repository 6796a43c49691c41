import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { createId } from '../../platform/ids.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import type { PoolsService } from '../pools/pools.service.ts';
import { chooseParser } from './choose-parser.ts';
import { nextRunAtMs } from './schedule.model.ts';
import { effectiveSchedule, sealHeaders } from './source-row.ts';
import type { SourceRow, SourcesStore, SourceUpdate } from './sources.store.ts';
import type { NewSource, SourceChange } from './sources.types.ts';

export interface SourceChangeDependencies {
  store: SourcesStore;
  pools: PoolsService;
  secretBox: SecretBox;
  policy: AddressPolicy;
  clock: Clock;
}

/** Turns what callers ask for into rows: judges URLs, finds parsers, encrypts headers, sets the next scrape. */
export function createSourceChanges({ store, pools, secretBox, policy, clock }: SourceChangeDependencies) {
  /**
   * Judges a URL and gives the spelling that is stored: two spellings of one URL are one source. A name that can't be
   * resolved now is judged at the scrape (contract, "Settled details").
   */
  async function acceptUrl(text: string): Promise<URL> {
    const url = await assertPublicUrl(text, { ...policy, isUnresolvedAccepted: true });
    url.hash = '';
    return url;
  }

  async function newRow(input: NewSource): Promise<SourceRow> {
    const url = await acceptUrl(input.url);
    const parser = chooseParser(url, input.parser_name);
    if (await store.urlExists(url.href)) throw appError('SOURCE_EXISTS');
    const id = createId();
    const nowMs = clock.nowMs();
    return {
      id,
      url: url.href,
      parserName: parser.name,
      cronSchedule: input.cron_schedule ?? null,
      defaultProtocol: input.default_protocol,
      poolNumber: await pools.ensurePool(input.pool),
      headersSealed: await sealHeaders(secretBox, id, input.headers),
      isActive: input.is_active,
      // Due at once: nobody adds a source to see its proxies half an hour later.
      nextScrapeAtMs: nowMs,
      scrapingUntilMs: null,
      lastScrapedAtMs: null,
      lastError: null,
      consecutiveFailures: 0,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
  }

  /** The URL that a change brings, with what hangs on it: headers are secrets for one origin and don't follow to another. */
  async function urlUpdate(source: SourceRow, change: SourceChange): Promise<SourceUpdate> {
    if (change.url === undefined) return {};
    const url = await acceptUrl(change.url);
    if (url.href !== source.url && (await store.urlExists(url.href))) throw appError('SOURCE_EXISTS');
    const dropsHeaders = url.origin !== new URL(source.url).origin;
    return { url: url.href, ...(dropsHeaders ? { headersSealed: null } : {}) };
  }

  async function updateFor(source: SourceRow, change: SourceChange): Promise<SourceUpdate> {
    const update: SourceUpdate = await urlUpdate(source, change);
    if (change.parser_name !== undefined) {
      update.parserName = chooseParser(new URL(source.url), change.parser_name).name;
    }
    if (change.cron_schedule !== undefined) update.cronSchedule = change.cron_schedule;
    if (change.default_protocol !== undefined) update.defaultProtocol = change.default_protocol;
    if (change.is_active !== undefined) update.isActive = change.is_active;
    if (change.headers !== undefined) update.headersSealed = await sealHeaders(secretBox, source.id, change.headers);
    if (change.pool !== undefined) update.poolNumber = await pools.ensurePool(change.pool);
    return { ...update, ...rescheduling(source, change, update) };
  }

  /** A source that fetches something else, or is switched on again, begins anew and at once; a new schedule just applies. */
  function rescheduling(source: SourceRow, change: SourceChange, update: SourceUpdate): SourceUpdate {
    const nowMs = clock.nowMs();
    const fetchesAnew = [change.url, change.parser_name, change.headers].some((field) => field !== undefined);
    if (fetchesAnew || (change.is_active === true && !source.isActive)) {
      return { nextScrapeAtMs: nowMs, consecutiveFailures: 0, lastError: null };
    }
    if (change.cron_schedule === undefined || source.lastScrapedAtMs === null) return {};
    return { nextScrapeAtMs: nextRunAtMs(effectiveSchedule({ ...source, ...update }), nowMs) };
  }

  return { newRow, updateFor };
}
