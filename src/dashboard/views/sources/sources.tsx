import { useState } from 'preact/hooks';
import type { Source } from '../../../api-client/pool.types.ts';
import { usePages } from '../../api/queries.ts';
import { useMayWrite } from '../../app/role.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatNoun } from '../../parts/format.model.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { AddSource } from './add-source.tsx';
import { League } from './league.tsx';
import { SourceRow } from './source-row.tsx';

const noQuery = new URLSearchParams();

function SourceList({ mayWrite }: { mayWrite: boolean }) {
  const pages = usePages<Source>('/sources', noQuery);
  const sources = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  if (!pages.data) {
    return pages.error ? <ErrorNote error={pages.error} retry={() => void pages.refetch()} /> : <Busy label="Asking" />;
  }
  if (sources.length === 0) {
    return (
      <p class="muted">
        {mayWrite
          ? 'There is no source. Add the address of a list: the page shows what it would bring before anything is stored.'
          : 'There is no source yet. An operator adds the first one.'}
      </p>
    );
  }
  return (
    <>
      <ul class="sources" aria-label="Sources">
        {sources.map((source) => (
          <SourceRow key={source.id} source={source} mayWrite={mayWrite} />
        ))}
      </ul>
      <MoreButton pages={pages} />
    </>
  );
}

/** Where proxies come from. */
export function Sources() {
  const mayWrite = useMayWrite();
  const [isAdding, setIsAdding] = useState(false);
  const pages = usePages<Source>('/sources', noQuery);
  const total = pages.data?.pages[0]?.total_count;
  return (
    <>
      <header class="view-header">
        <h1>Sources</h1>
        <p class="muted" role="status">
          {total === undefined ? '' : formatNoun(total, 'source')}
        </p>
        {mayWrite && (
          <div class="actions">
            <button type="button" class="primary" onClick={() => setIsAdding(true)}>
              Add a source
            </button>
          </div>
        )}
      </header>
      <Card title="All sources">
        <SourceList mayWrite={mayWrite} />
      </Card>
      <League />
      {isAdding && <AddSource onClose={() => setIsAdding(false)} />}
    </>
  );
}
