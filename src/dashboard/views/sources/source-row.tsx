import { useMutation, useQueryClient } from '@tanstack/preact-query';
import type { ScrapeResult, Source } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { readAgain } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatAgo, formatCount, formatNoun, formatSpan } from '../../parts/format.model.ts';
import { Working } from '../../parts/working.tsx';

interface SourceRowProps {
  source: Source;
  mayWrite: boolean;
}

function useSourceActions({ id }: Source) {
  const client = useQueryClient();
  const path = `/sources/${encodeURIComponent(id)}`;
  const onSuccess = () => Promise.all([readAgain(client, '/sources'), readAgain(client, '/stats/sources')]);
  return {
    scrape: useMutation({ mutationFn: () => call<ScrapeResult>('POST', `${path}/scrape`), onSettled: onSuccess }),
    change: useMutation({
      mutationFn: (isActive: boolean) => call<Source>('PATCH', path, { json: { is_active: isActive } }),
      onSuccess,
    }),
  };
}

function StateTag({ source }: { source: Source }) {
  if (source.last_error !== null) return <span class="tag tag-bad">failing</span>;
  if (!source.is_active) return <span class="tag">off</span>;
  return <span class="tag tag-good">on</span>;
}

function Times({ source }: { source: Source }) {
  const nowMs = useNowMs();
  const nextInMs = source.next_scrape_at === null ? null : Date.parse(source.next_scrape_at) - nowMs;
  return (
    <p class="muted">
      {source.parser_name} · {source.default_protocol} · pool {source.pool} · <code>{source.cron_schedule}</code> ·
      scraped {formatAgo(source.last_scraped_at, nowMs)}
      {nextInMs !== null && ` · next ${nextInMs <= 0 ? 'within a minute' : `in ${formatSpan(nextInMs)}`}`}
    </p>
  );
}

function ScrapeOutcome({ result }: { result: ScrapeResult }) {
  return (
    <p class="note note-good" role="status">
      {formatNoun(result.proxies_discovered, 'proxy', 'proxies')} in {formatSpan(result.duration_ms)}:{' '}
      {formatCount(result.proxies_new)} new, {formatCount(result.proxies_updated)} known, {formatCount(result.skipped)}{' '}
      skipped{result.truncated ? '; the list is longer than what is read' : ''}.
    </p>
  );
}

export function SourceRow({ source, mayWrite }: SourceRowProps) {
  const { scrape, change } = useSourceActions(source);
  const isBusy = scrape.isPending || change.isPending;
  const error = scrape.error ?? change.error;
  return (
    <li class="source">
      <p class="source-url">
        <StateTag source={source} /> <strong>{source.url}</strong>
      </p>
      <Times source={source} />
      {source.last_error !== null && (
        <p class="note note-error">
          Failed {formatNoun(source.consecutive_failures, 'time')} in a row: {source.last_error}
        </p>
      )}
      {mayWrite && (
        <div class="actions">
          <button type="button" disabled={isBusy} onClick={() => scrape.mutate()}>
            Scrape now
          </button>
          <button type="button" disabled={isBusy} onClick={() => change.mutate(!source.is_active)}>
            {source.is_active ? 'Turn off' : 'Turn on'}
          </button>
          <DeleteButton
            what="this source"
            path={`/sources/${encodeURIComponent(source.id)}`}
            changes={['/sources', '/stats/']}
            done="Deleted; its proxies stay."
            disabled={isBusy}
          >
            <p>{source.url}</p>
            <p class="muted">It is not scraped any more. The proxies that it brought stay.</p>
          </DeleteButton>
        </div>
      )}
      {scrape.isPending && <Working label="Fetching and parsing" />}
      {scrape.data && !scrape.isPending && <ScrapeOutcome result={scrape.data} />}
      {error && <ErrorNote error={error} />}
    </li>
  );
}
