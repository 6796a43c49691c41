import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import { SourceParseError } from '../../plugins/parsers/parser.types.ts';
import { chooseParser } from './choose-parser.ts';
import { createTally, type ListedProxy, MAX_LIST_ENTRIES, readList } from './list-reader.ts';
import type { SourceFetcher } from './source-fetch.ts';
import type { SourceScraper } from './source-scrape.ts';
import type { SourcesService } from './sources.service.ts';
import type { SourcesStore } from './sources.store.ts';
import type { PreviewRequest, ScrapeMessage } from './sources.types.ts';

/** Entries shown of a preview. */
export const MAX_PREVIEW_ITEMS = 50;
/** Due sources sent to the queue in one run; the rest is due at the next one, a minute later. */
export const MAX_DUE_SOURCES = 50;
/** How long a scrape has its source: longer than any takes. After it the source of one that died can be had again. */
export const SCRAPE_CLAIM_MS = 10 * 60 * 1000;

interface Dependencies {
  store: SourcesStore;
  sources: SourcesService;
  scraper: SourceScraper;
  fetcher: SourceFetcher;
  queue: Queue<ScrapeMessage>;
  policy: AddressPolicy;
  clock: Clock;
}

function previewItem({ ip, port, protocol, country, username, tags }: ListedProxy) {
  return { ip, port, protocol, country, has_credentials: username !== null, tags: { ...tags } };
}

export function createScrapesService({ store, sources, scraper, fetcher, queue, policy, clock }: Dependencies) {
  /** One scrape of a source at a time, whoever asks; null when it is not to be had. */
  async function scrapeClaimed(sourceId: string, ifDue: boolean) {
    const nowMs = clock.nowMs();
    const claim = { sourceId, nowMs, untilMs: nowMs + SCRAPE_CLAIM_MS, ifDue };
    const source = await store.claim(claim);
    if (!source) return null;
    try {
      return await scraper.scrape(source);
    } finally {
      await store.release(claim);
    }
  }

  return {
    /**
     * Scrapes a source now, due or not, active or not. Throws what `SourceScraper.scrape` throws, `NOT_FOUND`, and
     * `SCRAPE_IN_PROGRESS` while it is scraped already, by hand or by its schedule.
     */
    async scrapeNow(sourceId: string) {
      await sources.requireSource(sourceId);
      const result = await scrapeClaimed(sourceId, false);
      if (!result) throw appError('SCRAPE_IN_PROGRESS', { details: { source_id: sourceId } });
      return result;
    },

    /** Scrapes a source if it is still due and active, once for however many messages; false when there was nothing to do. */
    async scrapeIfDue(sourceId: string): Promise<boolean> {
      return (await scrapeClaimed(sourceId, true)) !== null;
    },

    /** Sends due sources to the queue; returns how many. */
    async enqueueDue(): Promise<number> {
      const sourceIds = await store.due(clock.nowMs(), MAX_DUE_SOURCES);
      if (sourceIds.length > 0) await queue.sendBatch(sourceIds.map((sourceId) => ({ body: { sourceId } })));
      return sourceIds.length;
    },

    /** Fetches and parses a list and stores nothing. Throws like a scrape and like the creation of a source. */
    async preview(request: PreviewRequest) {
      const url = await assertPublicUrl(request.url, policy);
      const parser = chooseParser(url, request.parser_name);
      const tally = createTally();
      const items: ReturnType<typeof previewItem>[] = [];
      const chunks = await fetcher.open(url.href, request.headers ?? {});
      const { allowPrivateNetworks } = policy;
      const input = {
        chunks,
        parser,
        defaultProtocol: request.default_protocol,
        allowPrivateNetworks,
        maxEntries: MAX_LIST_ENTRIES,
      };
      try {
        for await (const batch of readList(input, tally)) {
          for (const entry of batch.slice(0, MAX_PREVIEW_ITEMS - items.length)) items.push(previewItem(entry));
        }
      } catch (error) {
        throw error instanceof SourceParseError ? appError('SOURCE_PARSE_FAILED', { message: error.message }) : error;
      }
      const { discovered: total, skipped, truncated } = tally;
      return { parser_name: parser.name, total, skipped, truncated, items };
    },
  };
}

export type ScrapesService = ReturnType<typeof createScrapesService>;
