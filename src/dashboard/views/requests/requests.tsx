import { useMemo, useState } from 'preact/hooks';
import type { ProxiedRequest, RequestList } from '../../../api-client/ops.types.ts';
import { useSettled } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { LiveBar, usePause } from '../../live/live-bar.tsx';
import { type TailSource, useTail } from '../../live/tail.ts';
import { Busy } from '../../parts/busy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { RequestDrawer } from './request-detail.tsx';
import { RequestTable } from './request-table.tsx';

const TYPING_MS = 400;
/** As many as are looked through at a time; filters find the others. */
const FIRST_REQUESTS = '200';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((name) => [name, name] as const);
const outcomes = [
  ['', 'Any status'],
  ['400', 'Errors, from 400'],
  ['500', 'From 500'],
] as const;

interface Filters {
  subdomain: string;
  method: string;
  min_status: string;
}

const itemsOf = ({ requests }: RequestList) => [...requests].reverse();
const keyOf = ({ id }: ProxiedRequest) => id;

function sourceOf(search: string): TailSource<ProxiedRequest, RequestList> {
  const list = new URLSearchParams(search);
  list.set('limit', FIRST_REQUESTS);
  return { list: `/api/v1/proxy/requests?${list}`, stream: `/api/v1/proxy/requests/stream?${search}`, itemsOf, keyOf };
}

function FilterFields({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const set = (name: keyof Filters) => (value: string) => onChange({ ...filters, [name]: value });
  return (
    <div class="fields">
      <TextField label="Alias or target" type="search" value={filters.subdomain} onValue={set('subdomain')} />
      <SelectField label="Method" value={filters.method} onValue={set('method')} options={[['', 'Any'], ...methods]} />
      <SelectField label="Status" value={filters.min_status} onValue={set('min_status')} options={outcomes} />
    </div>
  );
}

/** What went through the gateway and the routing, as it happens. */
export function Requests({ route }: ViewProps) {
  const [filters, setFilters] = useState<Filters>({ subdomain: '', method: '', min_status: '' });
  const filled = Object.entries(filters).filter(([, value]) => value.trim() !== '');
  const search = useSettled(new URLSearchParams(filled).toString(), TYPING_MS);
  const tail = useTail(useMemo(() => sourceOf(search), [search]));
  const { shown, isPaused, newer, toggle } = usePause(tail);
  const newestFirst = useMemo(() => [...(shown.items ?? [])].reverse(), [shown.items]);
  const [openId] = route.rest;
  return (
    <>
      <header class="view-header">
        <h1>Requests</h1>
        <LiveBar state={tail.state} hasGaps={tail.hasGaps} isPaused={isPaused} newer={newer} onToggle={toggle} />
      </header>
      <FilterFields filters={filters} onChange={setFilters} />
      {tail.error && <ErrorNote error={tail.error} />}
      {shown.items === null && !tail.error && <Busy label="Asking for the requests" />}
      {shown.items?.length === 0 && (
        <p class="empty">
          No request matches yet. Call one of your gateway’s proxies, or a routing target: it shows here at once.
        </p>
      )}
      {newestFirst.length > 0 && <RequestTable requests={newestFirst} />}
      {openId !== undefined && <RequestDrawer id={openId} onClose={() => replaceHash(hashOf('requests'))} />}
    </>
  );
}
