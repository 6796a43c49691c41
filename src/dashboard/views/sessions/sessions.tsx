import { keepPreviousData, useQuery } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { call } from '../../api/call.ts';
import { useAnswer } from '../../api/queries.ts';
import type { SessionPage, SessionStats } from '../../api/session-types.ts';
import { useSettled } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card, Facts } from '../../parts/card.tsx';
import { DownloadButton } from '../../parts/download-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { formatCount } from '../../parts/format.model.ts';
import { SessionDrawer } from './session-detail.tsx';
import { SessionTable } from './session-table.tsx';

/** This face allows 100 requests a minute from one address: the page takes a tenth. */
const LIVE_EVERY_MS = 12_000;
const TYPING_MS = 400;

interface Filters {
  status: string;
  search: string;
}

const statuses = [
  ['', 'Any'],
  ['active', 'active'],
  ['completed', 'completed'],
  ['failed', 'failed'],
] as const;

const filledOf = (filters: Filters) => Object.entries(filters).filter(([, value]) => value.trim() !== '');

function useSessionPage(filters: Filters, page: number) {
  const search = useSettled(new URLSearchParams([...filledOf(filters), ['page', String(page)]]).toString(), TYPING_MS);
  return useQuery({
    queryKey: ['/api/sessions', search],
    queryFn: ({ signal }) => call<SessionPage>('GET', `/api/sessions?${search}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_EVERY_MS,
  });
}

function Figures() {
  const stats = useAnswer<SessionStats>('/api/stats', LIVE_EVERY_MS);
  if (stats.error && !stats.data) return <ErrorNote error={stats.error} retry={() => void stats.refetch()} />;
  if (!stats.data) return <Busy label="Asking for the figures" />;
  const { active_sessions: active, total_sessions: total, success_rate: rate, average_duration: seconds } = stats.data;
  const { healthy, flagged, blacklisted } = stats.data.ip_health;
  return (
    <div class="grid">
      <Card title="Sessions">
        <p class="figure">
          {formatCount(active)} <span class="figure-unit">running of {formatCount(total)}</span>
        </p>
      </Card>
      <Card title="Success">
        <p class="figure">
          {rate.toFixed(1)} % <span class="figure-unit">{seconds.toFixed(1)} s on average</span>
        </p>
      </Card>
      <Card title="Proxies they used">
        <Facts
          facts={[
            ['Healthy', healthy],
            ['Flagged', flagged],
            ['Blacklisted', blacklisted],
          ]}
        />
      </Card>
    </div>
  );
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  if (pages <= 1) return null;
  return (
    <div class="actions">
      <button type="button" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Newer
      </button>
      <span>
        Page {page} of {pages}
      </span>
      <button type="button" disabled={page >= pages} onClick={() => onPage(page + 1)}>
        Older
      </button>
    </div>
  );
}

/** What my programs did with their proxies. */
export function Sessions({ route }: ViewProps) {
  const [filters, setFilters] = useState<Filters>({ status: '', search: '' });
  const [page, setPage] = useState(1);
  const sessions = useSessionPage(filters, page);
  const [openId] = route.rest;
  const exported = new URLSearchParams(filledOf(filters)).toString();
  const change = (next: Filters) => {
    setFilters(next);
    setPage(1);
  };
  return (
    <>
      <header class="view-header">
        <h1>Sessions</h1>
        <p class="muted">{sessions.data ? `${formatCount(sessions.data.total)} match` : ''}</p>
        <div class="actions">
          <DownloadButton path={`/api/sessions/export?${exported}`} label="Export CSV" />
          <DownloadButton path="/api/events/export" label="Events as CSV" />
        </div>
      </header>
      <Figures />
      <div class="fields">
        <SelectField
          label="Status"
          value={filters.status}
          onValue={(status) => change({ ...filters, status })}
          options={statuses}
        />
        <TextField
          label="Id, profile or proxy"
          type="search"
          value={filters.search}
          onValue={(search) => change({ ...filters, search })}
        />
      </div>
      {sessions.error && <ErrorNote error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.data?.sessions.length === 0 && (
        <p class="empty">
          No session. Programs tell of theirs by POST /api/sessions/register, with the same key; they show here as they
          run.
        </p>
      )}
      {sessions.data && sessions.data.sessions.length > 0 && <SessionTable sessions={sessions.data.sessions} />}
      <Pager page={page} pages={sessions.data?.total_pages ?? 1} onPage={setPage} />
      {openId !== undefined && <SessionDrawer id={openId} onClose={() => replaceHash(hashOf('sessions'))} />}
    </>
  );
}
