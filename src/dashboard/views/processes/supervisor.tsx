import { useState } from 'preact/hooks';
import type { SupervisorStatus } from '../../../api-client/ops.types.ts';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import { useAnswer } from '../../api/queries.ts';
import { Card } from '../../parts/card.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatSpan } from '../../parts/format.model.ts';
import { PROCESSES_EVERY_MS } from './live.ts';

const words: Record<SupervisorStatus['status'], string> = {
  running: 'Everything runs.',
  stopping: 'Shutting down: what is live may finish, nothing new is taken.',
  stopped: 'Shut down: no job runs, no lease or forward is taken.',
};
const tones: Record<SupervisorStatus['status'], string> = {
  running: 'note-good',
  stopping: 'note-warning',
  stopped: 'note-error',
};

const changes = ['/api/v1/processes', '/api/v1/status'];

function ShutdownDialog({ onClose }: { onClose: () => void }) {
  const stopping = useAction({ run: () => call('POST', '/api/v1/shutdown'), changes, onDone: onClose });
  return (
    <Drawer title="Shut everything down?" kind="middle" onClose={onClose}>
      <p>
        All processes stop. New leases and forwards are refused with a 503 while live ones finish. “Resume” brings all
        of it back.
      </p>
      {stopping.error && <ErrorNote error={stopping.error} />}
      <div class="actions">
        <button type="button" class="danger" disabled={stopping.isPending} onClick={() => stopping.mutate(undefined)}>
          Shut it down
        </button>
        <button type="button" onClick={onClose}>
          Let it run
        </button>
      </div>
    </Drawer>
  );
}

/** Whether all of it runs, and the switch for that. */
export function Supervisor({ mayWrite }: { mayWrite: boolean }) {
  const status = useAnswer<SupervisorStatus>('/api/v1/status', PROCESSES_EVERY_MS);
  const [isAsking, setIsAsking] = useState(false);
  const resuming = useAction({ run: () => call('POST', '/api/v1/resume'), changes, done: 'All of it is back.' });
  const { data } = status;
  if (!data) return status.error ? <ErrorNote error={status.error} retry={() => void status.refetch()} /> : null;
  return (
    <Card title="Service">
      <div class={`note ${tones[data.status]}`}>
        <p>
          <strong>{words[data.status]}</strong> Up for {formatSpan(data.uptime_seconds * 1_000)}.
        </p>
        {mayWrite && data.status === 'running' && (
          <button type="button" class="danger" onClick={() => setIsAsking(true)}>
            Shut down …
          </button>
        )}
        {mayWrite && data.status !== 'running' && (
          <button
            type="button"
            class="primary"
            disabled={resuming.isPending}
            onClick={() => resuming.mutate(undefined)}
          >
            Resume
          </button>
        )}
      </div>
      {resuming.error && <ErrorNote error={resuming.error} />}
      {isAsking && <ShutdownDialog onClose={() => setIsAsking(false)} />}
    </Card>
  );
}
