import type { ProcessDetail } from '../../../api-client/ops.types.ts';
import { useAnswer } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { useMayWrite } from '../../app/role.ts';
import { hashOf } from '../../app/route.model.ts';
import { Busy } from '../../parts/busy.tsx';
import { Facts } from '../../parts/card.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatAgo, formatSpan } from '../../parts/format.model.ts';
import { PROCESSES_EVERY_MS } from './live.ts';
import { ProcessButtons } from './process-buttons.tsx';
import { ProcessTags } from './process-table.tsx';

function Detail({ process, mayWrite }: { process: ProcessDetail; mayWrite: boolean }) {
  const nowMs = useNowMs();
  const { healthcheck } = process;
  return (
    <>
      <p class="actions">
        <ProcessTags process={process} />
      </p>
      {mayWrite && <ProcessButtons process={process} />}
      {healthcheck.last_output !== '' && (
        <div class={`note ${process.health === 'unhealthy' ? 'note-error' : 'note-good'}`}>
          <p>
            <strong>{formatAgo(healthcheck.last_check, nowMs)}</strong> {healthcheck.last_output}
          </p>
        </div>
      )}
      <Facts
        facts={[
          ['Up for', formatSpan(process.uptime_seconds * 1_000)],
          ['Starts', process.pid],
          ['Restarts', process.restarts],
          ['Failed runs in a row', healthcheck.consecutive_failures],
          ['Run by', process.cmd],
        ]}
      />
      <section aria-label="Settings">
        <h3>Settings</h3>
        <Facts facts={Object.entries(process.env).map(([name, value]) => [name, <code key={name}>{value}</code>])} />
      </section>
      <p>
        <a href={hashOf('logs', [], { process: process.name })}>See its log</a>
      </p>
    </>
  );
}

/** One background job: how it is, and what it is made of. */
export function ProcessDrawer({ name, onClose }: { name: string; onClose: () => void }) {
  const mayWrite = useMayWrite();
  const detail = useAnswer<ProcessDetail>(`/api/v1/processes/${encodeURIComponent(name)}`, PROCESSES_EVERY_MS);
  return (
    <Drawer title={name} onClose={onClose}>
      {detail.error && <ErrorNote error={detail.error} retry={() => void detail.refetch()} />}
      {!detail.data && !detail.error && <Busy label="Asking for it" />}
      {detail.data && <Detail process={detail.data} mayWrite={mayWrite} />}
    </Drawer>
  );
}
