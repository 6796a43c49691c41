import { useMemo, useState } from 'preact/hooks';
import type { ProxyView } from '../../../api-client/pool.types.ts';
import { usePages } from '../../api/queries.ts';
import { useSettled } from '../../app/clock.ts';
import { useMayWrite } from '../../app/role.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { DownloadButton } from '../../parts/download-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatCount } from '../../parts/format.model.ts';
import { LeaseDialog } from '../leases/lease-dialog.tsx';
import { FilterBar } from './filter-bar.tsx';
import { countSet, type Filters, filtersOf, queryOf } from './filters.model.ts';
import { ProxyDetailDrawer } from './proxy-detail.tsx';
import { ProxyTable } from './proxy-table.tsx';
import { TestDialog } from './test-dialog.tsx';
import { type Wanted, wantedOfFilters } from './wanted.model.ts';

/** Typing a number is no reason to ask for each of its digits. */
const TYPING_MS = 300;

export type Asked = { what: 'lease' | 'test'; wanted: Wanted } | null;

function Emptiness({ filters }: { filters: Filters }) {
  return (
    <div class="empty">
      <h2>{countSet(filters) > 0 ? 'No proxy passes these filters' : 'There is no proxy yet'}</h2>
      <p>
        {countSet(filters) > 0
          ? 'Clear a filter or two. Many lists have few of what is rare: a low latency, an uptime near 100 %.'
          : 'Proxies come from sources. When the first source is scraped, they show up here.'}
      </p>
    </div>
  );
}

export function Proxies({ route }: ViewProps) {
  const filters = filtersOf(route.query);
  const search = useSettled(queryOf(filters).toString(), TYPING_MS);
  const query = useMemo(() => new URLSearchParams(search), [search]);
  const pages = usePages<ProxyView>('/proxies', query);
  const [asked, setAsked] = useState<Asked>(null);
  const mayWrite = useMayWrite();
  const total = pages.data?.pages[0]?.total_count ?? 0;
  const [openId] = route.rest;
  return (
    <>
      <header class="view-header">
        <h1>Proxies</h1>
        <p class="muted" role="status">
          {pages.data ? `${formatCount(total)} in this list` : 'Asking for the list …'}
        </p>
        <div class="actions">
          {mayWrite && <DownloadButton path={`/proxies/export?format=csv&${search}`} label="Export CSV" />}
          <button type="button" onClick={() => setAsked({ what: 'test', wanted: wantedOfFilters(filters) })}>
            Test a URL
          </button>
          <button
            type="button"
            class="primary"
            onClick={() => setAsked({ what: 'lease', wanted: wantedOfFilters(filters) })}
          >
            Lease one
          </button>
        </div>
      </header>
      <FilterBar filters={filters} onChange={(next) => replaceHash(hashOf('proxies', [], next))} />
      {pages.error && <ErrorNote error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && total === 0 && <Emptiness filters={filters} />}
      {pages.data && total > 0 && <ProxyTable key={search} pages={pages} total={total} query={query} />}
      {openId !== undefined && (
        <ProxyDetailDrawer
          proxyId={openId}
          onAsk={setAsked}
          onClose={() => replaceHash(hashOf('proxies', [], filters))}
        />
      )}
      {asked?.what === 'lease' && <LeaseDialog wanted={asked.wanted} onClose={() => setAsked(null)} />}
      {asked?.what === 'test' && <TestDialog wanted={asked.wanted} onClose={() => setAsked(null)} />}
    </>
  );
}
