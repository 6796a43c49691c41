import type { ProcessLog } from '../../ops/logs/log-book.client.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError, appError } from '../../platform/errors/app-error.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import { MAX_BATCH_PROXIES } from '../../plugins/parsers/batches.ts';
import { findParser } from '../../plugins/parsers/parser.registry.ts';
import { SourceParseError } from '../../plugins/parsers/parser.types.ts';
import type { CheckMessage } from '../checks/check-message.types.ts';
import { MAX_UPSERT_PROXIES, type ProxyUpsertStore } from '../proxies/proxy-upsert.store.ts';
import { enqueueFirstChecks, MAX_FIRST_CHECKS } from './first-checks.ts';
import { createTally, type ListedProxy, MAX_LIST_ENTRIES, readList } from './list-reader.ts';
import { createScrapeNotes, type ScrapeProgress } from './scrape-notes.ts';
import type { SourceFetcher } from './source-fetch.ts';
import { openHeaders } from './source-row.ts';
import type { SourceRow, SourcesStore } from './sources.store.ts';

interface Dependencies {
  store: SourcesStore;
  upserts: ProxyUpsertStore;
  fetcher: SourceFetcher;
  secretBox: SecretBox;
  clock: Clock;
  checks: Queue<CheckMessage>;
  processLog: ProcessLog;
  allowPrivateNetworks: boolean;
  maxEntries?: number;
}

/** The error of a failed fetch or parse as callers see it; null for what is our own fault. */
function sourceErrorOf(error: unknown): AppError | null {
  if (error instanceof SourceParseError) return appError('SOURCE_PARSE_FAILED', { message: error.message });
  return error instanceof AppError ? error : null;
}

/** The error with what was stored before it. */
function withKept(source: SourceRow, { code, message, details }: AppError, progress: ScrapeProgress): AppError {
  const kept = { proxies_stored: progress.stored, proxies_new: progress.inserted };
  return appError(code, { message, details: { ...details, source_id: source.id, ...kept } });
}

function renderResult(source: SourceRow, { tally, inserted }: ScrapeProgress, durationMs: number) {
  return {
    source_id: source.id,
    proxies_discovered: tally.discovered,
    proxies_new: inserted,
    proxies_updated: tally.discovered - inserted,
    skipped: tally.skipped,
    truncated: tally.truncated,
    duration_ms: durationMs,
  };
}

/** Scrapes one source: fetch, parse, store as it comes, note how it went, send first checks. */
export function createSourceScraper(dependencies: Dependencies) {
  const { upserts, fetcher, secretBox, clock, processLog, maxEntries = MAX_LIST_ENTRIES } = dependencies;
  const { noteFailure, noteSuccess } = createScrapeNotes(dependencies);

  async function storeChunk(source: SourceRow, chunk: ListedProxy[], progress: ScrapeProgress): Promise<void> {
    if (chunk.length === 0) return;
    const room = MAX_FIRST_CHECKS - progress.firstCheckIds.length;
    const origin = { sourceId: source.id, poolNumber: source.poolNumber, nowMs: clock.nowMs() };
    const result = await upserts.upsert(chunk, { ...origin, wantsIds: room > 0 });
    progress.stored += chunk.length;
    progress.inserted += result.inserted;
    progress.rowsWritten += result.rowsWritten;
    progress.firstCheckIds.push(...result.insertedDialableIds.slice(0, room));
  }

  async function readAndStore(source: SourceRow, progress: ScrapeProgress): Promise<void> {
    const parser = findParser(source.parserName);
    if (!parser) throw appError('SOURCE_PARSE_FAILED', { message: 'The parser of this source exists no more.' });
    let chunk: ListedProxy[] = [];
    try {
      const chunks = await fetcher.open(source.url, await openHeaders(secretBox, source));
      const { allowPrivateNetworks } = dependencies;
      const input = { chunks, parser, defaultProtocol: source.defaultProtocol, allowPrivateNetworks, maxEntries };
      for await (const batch of readList(input, progress.tally)) {
        chunk.push(...batch);
        if (chunk.length + MAX_BATCH_PROXIES <= MAX_UPSERT_PROXIES) continue;
        const full = chunk;
        chunk = [];
        await storeChunk(source, full, progress);
      }
    } finally {
      // A list that breaks off keeps what was read of it.
      await storeChunk(source, chunk, progress);
    }
  }

  return {
    /**
     * Scrapes now, whatever the schedule says. A failure of the source is noted in its row and thrown: `ADDRESS_NOT_ALLOWED`,
     * `SOURCE_FETCH_FAILED`, `SOURCE_TIMEOUT`, `SOURCE_TOO_LARGE`, `SOURCE_PARSE_FAILED`, with how much was stored before.
     */
    async scrape(source: SourceRow) {
      const startedAtMs = clock.nowMs();
      const progress: ScrapeProgress = {
        tally: createTally(),
        stored: 0,
        inserted: 0,
        rowsWritten: 0,
        firstCheckIds: [],
      };
      try {
        await readAndStore(source, progress);
      } catch (error) {
        const sourceError = sourceErrorOf(error);
        if (!sourceError) throw error;
        await noteFailure(source, sourceError, progress);
        throw withKept(source, sourceError, progress);
      } finally {
        await enqueueFirstChecks(dependencies.checks, progress.firstCheckIds, processLog);
      }
      const durationMs = clock.nowMs() - startedAtMs;
      await noteSuccess(source, progress, durationMs);
      return renderResult(source, progress, durationMs);
    },
  };
}

export type SourceScraper = ReturnType<typeof createSourceScraper>;
