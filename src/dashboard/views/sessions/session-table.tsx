import type { ClientSession } from '../../api/session-types.ts';
import { useNowMs } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { formatAgo } from '../../parts/format.model.ts';
import { PlainTable } from '../../parts/plain-table.tsx';

const columns = [
  { title: 'Began' },
  { title: 'Status' },
  { title: 'Session' },
  { title: 'Proxy', kind: 'extra' },
  { title: 'Took', kind: 'number' },
] as const;

const toneOf = { active: 'tag-waiting', completed: 'tag-good', failed: 'tag-bad' } as const;

export function SessionStatus({ status }: { status: ClientSession['status'] }) {
  return <span class={`tag ${toneOf[status]}`}>{status}</span>;
}

export function SessionTable({ sessions }: { sessions: readonly ClientSession[] }) {
  const nowMs = useNowMs();
  return (
    <PlainTable label="Sessions" columns={columns} frame="card">
      {sessions.map(({ id, status, start_time: start, profile_id: profile, proxy, country, duration }) => (
        <tr key={id}>
          <td>{formatAgo(start, nowMs)}</td>
          <td>
            <SessionStatus status={status} />
          </td>
          <td class="session-id">
            <a href={hashOf('sessions', [id])}>{id}</a> <span class="muted">{profile}</span>
          </td>
          <td class="extra">{[proxy, country].filter(Boolean).join(', ') || '–'}</td>
          <td class="number">{duration === null ? '–' : `${duration.toFixed(1)} s`}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
