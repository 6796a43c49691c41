import type { EventData } from '../../notifiers/events.schemas.ts';
import type { ProcessLog } from '../../ops/logs/log-book.client.ts';
import type { Clock } from '../../platform/clock.ts';
import type { AppError } from '../../platform/errors/app-error.ts';
import type { ListTally } from './list-reader.ts';
import { nextRunAtMs, scrapeBackoffMs } from './schedule.model.ts';
import { effectiveSchedule, publicUrlOf } from './source-row.ts';
import type { SourceRow, SourcesStore } from './sources.store.ts';

/** What became of a list's entries so far. */
export interface ScrapeProgress {
  tally: ListTally;
  stored: number;
  inserted: number;
  rowsWritten: number;
  firstCheckIds: string[];
}

interface Dependencies {
  store: SourcesStore;
  clock: Clock;
  processLog: ProcessLog;
}

/** Writes down how a scrape went: in the source's row, and in the log of the process. */
export function createScrapeNotes({ store, clock, processLog }: Dependencies) {
  async function noteFailure(source: SourceRow, error: AppError, progress: ScrapeProgress): Promise<void> {
    const nowMs = clock.nowMs();
    const failures = source.consecutiveFailures + 1;
    const noted = await store.recordFailure({
      sourceId: source.id,
      message: `${error.code}: ${error.message}`,
      nextScrapeAtMs: nowMs + scrapeBackoffMs(failures),
      nowMs,
      payload: {
        source_id: source.id,
        url: publicUrlOf(source.url),
        code: error.code,
        message: error.message,
        consecutive_failures: failures,
      } satisfies EventData<'source.failed' | 'source.deactivated'>,
    });
    const kept = progress.stored > 0 ? `; ${progress.stored} proxies that came before are kept` : '';
    const off = source.isActive && noted?.isActive === false ? '; switched off' : '';
    const line = `source ${source.id} failed ${failures} times in a row: ${error.code}: ${error.message}${kept}${off}`;
    await processLog.append('scraper', off === '' ? 'warn' : 'error', line);
  }

  async function noteSuccess(source: SourceRow, progress: ScrapeProgress, durationMs: number): Promise<void> {
    const nowMs = clock.nowMs();
    await store.recordSuccess(source.id, nowMs, nextRunAtMs(effectiveSchedule(source), nowMs));
    const { tally, inserted, rowsWritten } = progress;
    const counts = `${tally.discovered} proxies, ${inserted} new, ${tally.skipped} skipped, ${rowsWritten} rows written`;
    const cut = tally.truncated ? ', cut off at the limit' : '';
    await processLog.append('scraper', 'info', `source ${source.id}: ${counts}${cut} in ${durationMs} ms`);
  }

  return { noteFailure, noteSuccess };
}
