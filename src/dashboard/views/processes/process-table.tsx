import type { BackgroundProcess } from '../../../api-client/ops.types.ts';
import { hashOf } from '../../app/route.model.ts';
import { formatNoun, formatSpan } from '../../parts/format.model.ts';
import { ProcessButtons } from './process-buttons.tsx';

const tones: Record<BackgroundProcess['status'], string> = {
  running: 'tag-good',
  starting: 'tag-waiting',
  stopping: 'tag-waiting',
  stopped: '',
  crashed: 'tag-bad',
};

export function ProcessTags({ process: { status, health } }: { process: BackgroundProcess }) {
  return (
    <>
      <span class={`tag ${tones[status]}`}>{status}</span>{' '}
      {health === 'unhealthy' && <span class="tag tag-bad">last run failed</span>}
    </>
  );
}

interface ProcessTableProps {
  processes: readonly BackgroundProcess[];
  mayWrite: boolean;
}

export function ProcessTable({ processes, mayWrite }: ProcessTableProps) {
  return (
    <ul class="parts" aria-label="Processes">
      {processes.map((process) => (
        <li key={process.name} class="part">
          <div>
            <p class="actions">
              <a href={hashOf('processes', [process.name])}>
                <strong>{process.name}</strong>
              </a>
              <ProcessTags process={process} />
            </p>
            <p class="muted">
              {process.status === 'running' ? `up for ${formatSpan(process.uptime_seconds * 1_000)}, ` : ''}
              {formatNoun(process.restarts, 'restart')}, <a href={hashOf('logs', [], { process: process.name })}>log</a>
            </p>
          </div>
          {mayWrite && <ProcessButtons process={process} />}
        </li>
      ))}
    </ul>
  );
}
