import type { BackgroundProcess } from '../../../api-client/ops.types.ts';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import { ErrorNote } from '../../parts/error-note.tsx';

type Command = 'start' | 'stop' | 'restart';

const said: Record<Command, string> = {
  start: 'Started: what is due is done now.',
  stop: 'Stopped: what is due stays due.',
  restart: 'Restarted.',
};

/** Starts, stops and restarts a process. */
export function ProcessButtons({ process: { name, status } }: { process: BackgroundProcess }) {
  const commanding = useAction({
    run: (command: Command) =>
      call('POST', `/api/v1/processes/${encodeURIComponent(name)}/${command}`).then(() => command),
    changes: ['/api/v1/processes', '/api/v1/status'],
    sayOf: (command) => said[command],
  });
  const isStopped = status === 'stopped' || status === 'stopping';
  const button = (command: Command, label: string) => (
    <button
      type="button"
      aria-label={`${label} ${name}`}
      disabled={commanding.isPending}
      onClick={() => commanding.mutate(command)}
    >
      {label}
    </button>
  );
  return (
    <div class="actions">
      {isStopped ? button('start', 'Start') : button('stop', 'Stop')}
      {!isStopped && button('restart', 'Restart')}
      {commanding.error && <ErrorNote error={commanding.error} />}
    </div>
  );
}
