import { useQuery } from '@tanstack/preact-query';
import type { SourcePreview } from '../../../api-client/pool.types.ts';
import { call } from '../../api/call.ts';
import { useSettled } from '../../app/clock.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatCount, formatNoun } from '../../parts/format.model.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Working } from '../../parts/working.tsx';
import { isAddress, type NewSource, previewBody } from './new-source.model.ts';

const columns = [{ title: 'Address' }, { title: 'Protocol' }, { title: 'Country' }, { title: 'Login' }] as const;

/** A list is fetched for each preview: not for each key that is pressed. */
const SETTLE_MS = 800;
/** A list does not change while its form is filled in. */
const FRESH_MS = 60_000;

function Found({ preview }: { preview: SourcePreview }) {
  if (preview.total === 0) {
    return (
      <p class="note note-warning">
        <strong>No proxy found</strong> by {preview.parser_name}, {formatNoun(preview.skipped, 'entry', 'entries')}{' '}
        skipped. Another parser may read it.
      </p>
    );
  }
  return (
    <>
      <p class="note note-good">
        <strong>
          {preview.parser_name} finds {formatNoun(preview.total, 'proxy', 'proxies')}
        </strong>{' '}
        {formatCount(preview.skipped)} skipped{preview.truncated ? ', and the list is longer than what is read' : ''}
      </p>
      <PlainTable label="What the list holds" columns={columns} frame="short">
        {preview.items.map(({ ip, port, protocol, country, has_credentials: hasLogin }) => (
          <tr key={`${protocol} ${ip} ${port}`}>
            <td>{`${ip}:${port}`}</td>
            <td>{protocol}</td>
            <td>{country ?? '–'}</td>
            <td>{hasLogin ? 'yes' : 'no'}</td>
          </tr>
        ))}
      </PlainTable>
    </>
  );
}

/** What a scrape would find, and which parser would find it: fetched when the form rests, stored nowhere. */
export function Preview({ source }: { source: NewSource }) {
  const asked = useSettled(JSON.stringify(previewBody(source)), SETTLE_MS);
  const isReady = isAddress(source.url);
  const preview = useQuery({
    queryKey: ['preview', asked],
    queryFn: ({ signal }) => call<SourcePreview>('POST', '/sources/preview', { json: JSON.parse(asked), signal }),
    enabled: isReady && asked === JSON.stringify(previewBody(source)),
    staleTime: FRESH_MS,
    retry: false,
  });
  return (
    <section aria-label="Preview" aria-live="polite">
      {!isReady && <p class="muted">What the list holds is shown here, before anything is stored.</p>}
      {preview.isFetching && <Working label="Reading the list" />}
      {preview.error && !preview.isFetching && <ErrorNote error={preview.error} />}
      {isReady && preview.data && !preview.isFetching && <Found preview={preview.data} />}
    </section>
  );
}
