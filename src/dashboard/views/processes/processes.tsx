import type { ProcessList } from '../../../api-client/ops.types.ts';
import { useAnswer } from '../../api/queries.ts';
import { useMayWrite } from '../../app/role.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { Busy } from '../../parts/busy.tsx';
import { Card } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { PROCESSES_EVERY_MS } from './live.ts';
import { ProcessDrawer } from './process-detail.tsx';
import { ProcessTable } from './process-table.tsx';
import { Supervisor } from './supervisor.tsx';

/** The jobs that work in the background. */
export function Processes({ route }: ViewProps) {
  const mayWrite = useMayWrite();
  const processes = useAnswer<ProcessList>('/api/v1/processes', PROCESSES_EVERY_MS);
  const [openName] = route.rest;
  return (
    <>
      <header class="view-header">
        <h1>Processes</h1>
        <p class="muted">Jobs that scrape, check and tidy up. One that is stopped leaves its work for later.</p>
      </header>
      <Supervisor mayWrite={mayWrite} />
      <Card title="Background jobs">
        {processes.error && <ErrorNote error={processes.error} retry={() => void processes.refetch()} />}
        {!processes.data && !processes.error && <Busy label="Asking how they are" />}
        {processes.data && <ProcessTable processes={processes.data.processes} mayWrite={mayWrite} />}
      </Card>
      {openName !== undefined && <ProcessDrawer name={openName} onClose={() => replaceHash(hashOf('processes'))} />}
    </>
  );
}
