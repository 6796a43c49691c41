import { toTimestamp, toTimestampOrNull } from '../../platform/clock.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import { findParser } from '../../plugins/parsers/parser.registry.ts';
import type { SourceRow } from './sources.store.ts';

/** When a parser is gone its sources keep a pace. */
const FALLBACK_SCHEDULE = '*/30 * * * *';

/** The schedule in force: the source's own, else its parser's. */
export function effectiveSchedule(source: Pick<SourceRow, 'cronSchedule' | 'parserName'>): string {
  return source.cronSchedule ?? findParser(source.parserName)?.defaultSchedule ?? FALLBACK_SCHEDULE;
}

/** A URL without user name, password, query and fragment: where keys may hide. Nothing of one that can't be read. */
export function publicUrlOf(url: string): string {
  if (!URL.canParse(url)) return 'about:invalid';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

export const headersContext = (sourceId: string) => `source-headers:${sourceId}`;

/** Encrypts request headers for their row; none for no headers. */
export async function sealHeaders(
  secretBox: SecretBox,
  sourceId: string,
  headers: Readonly<Record<string, string>> | null | undefined,
): Promise<string | null> {
  if (!headers || Object.keys(headers).length === 0) return null;
  return secretBox.seal(JSON.stringify(headers), headersContext(sourceId));
}

/** The request headers of a source, decrypted. */
export async function openHeaders(
  secretBox: SecretBox,
  source: Pick<SourceRow, 'id' | 'headersSealed'>,
): Promise<Record<string, string>> {
  if (source.headersSealed === null) return {};
  return JSON.parse(await secretBox.open(source.headersSealed, headersContext(source.id)));
}

/** A source as it goes over the wire; the full URL only for who may write. */
export function renderSource(source: SourceRow, pool: string, mayWrite: boolean) {
  return {
    id: source.id,
    url: mayWrite ? source.url : publicUrlOf(source.url),
    parser_name: source.parserName,
    cron_schedule: effectiveSchedule(source),
    default_protocol: source.defaultProtocol,
    is_active: source.isActive,
    pool,
    has_headers: source.headersSealed !== null,
    last_scraped_at: toTimestampOrNull(source.lastScrapedAtMs),
    last_error: source.lastError,
    consecutive_failures: source.consecutiveFailures,
    next_scrape_at: source.isActive ? toTimestampOrNull(source.nextScrapeAtMs) : null,
    created_at: toTimestamp(source.createdAtMs),
  };
}
