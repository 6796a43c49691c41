import { useAnswer } from '../../api/queries.ts';
import type { SessionDetail } from '../../api/session-types.ts';
import { useNowMs } from '../../app/clock.ts';
import { Busy } from '../../parts/busy.tsx';
import { Facts } from '../../parts/card.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatAgo, formatNoun } from '../../parts/format.model.ts';
import { SessionStatus } from './session-table.tsx';

function Detail({ detail: { session, events, event_count: count } }: { detail: SessionDetail }) {
  const nowMs = useNowMs();
  return (
    <>
      <p>
        <SessionStatus status={session.status} />
      </p>
      {session.error !== null && <p class="note note-error">{session.error}</p>}
      <Facts
        facts={[
          ['Profile', session.profile_id],
          ['Device', session.device],
          ['Target', session.target_url ?? '–'],
          ['Proxy', session.proxy ?? '–'],
          ['Country', session.country ?? '–'],
          ['Began', formatAgo(session.start_time, nowMs)],
          ['Took', session.duration === null ? '–' : `${session.duration.toFixed(1)} s`],
        ]}
      />
      <section aria-label="Events">
        <h3>{formatNoun(count, 'event')}</h3>
        <ol class="parts">
          {events.map(({ id, event_type: type, timestamp, details }) => (
            <li key={id} class="part">
              <p>
                <span class="tag">{type}</span> <code>{JSON.stringify(details)}</code>
              </p>
              <span class="muted">{formatAgo(timestamp, nowMs)}</span>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

/** One session, and what happened in it. */
export function SessionDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const detail = useAnswer<SessionDetail>(`/api/sessions/${encodeURIComponent(id)}`);
  return (
    <Drawer title={`Session ${id}`} onClose={onClose}>
      {detail.error && <ErrorNote error={detail.error} retry={() => void detail.refetch()} />}
      {!detail.data && !detail.error && <Busy label="Asking for it" />}
      {detail.data && <Detail detail={detail.data} />}
    </Drawer>
  );
}
