import { useState } from 'preact/hooks';
import type { GatewayClients } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { Busy } from '../../parts/busy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { NewClient } from './client-dialog.tsx';
import { Credentials } from './credentials.tsx';
import { GatewayProxies } from './gateway-proxies.tsx';
import { Targets } from './targets.tsx';

/** The gateway: your programs call it with a credential of its own, it calls the API behind with yours. */
export function Gateway({ route }: ViewProps) {
  const clients = useAnswer<GatewayClients>('/api/clients');
  const [isAdding, setIsAdding] = useState(false);
  const [chosen, proxyId] = route.rest;
  const list = clients.data?.clients ?? [];
  const clientId = list.find((client) => client.clientId === chosen)?.clientId ?? list[0]?.clientId;
  return (
    <>
      <header class="view-header">
        <h1>Gateway</h1>
        <p class="muted">Programs show the gateway a credential; the API behind gets another, which they never see.</p>
        <div class="actions">
          <select
            aria-label="Client"
            value={clientId ?? ''}
            onChange={(event) => replaceHash(hashOf('gateway', [event.currentTarget.value]))}
          >
            {list.map((client) => (
              <option key={client.clientId} value={client.clientId}>
                {client.clientName}
              </option>
            ))}
          </select>
          <button type="button" onClick={() => setIsAdding(true)}>
            New client
          </button>
        </div>
      </header>
      {clients.error && <ErrorNote error={clients.error} retry={() => void clients.refetch()} />}
      {!clients.data && !clients.error && <Busy label="Asking for your clients" />}
      {clientId !== undefined && (
        <>
          <GatewayProxies key={clientId} clientId={clientId} openId={proxyId} />
          <div class="grid grid-wide">
            <Credentials key={clientId} clientId={clientId} />
            <Targets key={clientId} clientId={clientId} />
          </div>
        </>
      )}
      {isAdding && <NewClient onClose={() => setIsAdding(false)} />}
    </>
  );
}
