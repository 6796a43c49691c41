import { useState } from 'preact/hooks';
import type { GatewayClients } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { Busy } from '../../parts/busy.tsx';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ClientDialog } from './client-dialog.tsx';
import { Credentials } from './credentials.tsx';
import { GatewayProxies } from './gateway-proxies.tsx';
import { Targets } from './targets.tsx';

/** The gateway: your programs call it with a credential of its own, it calls the API behind with yours. */
export function Gateway({ route }: ViewProps) {
  const clients = useAnswer<GatewayClients>('/api/clients');
  const [asked, setAsked] = useState<'new' | 'change' | null>(null);
  const [chosen, proxyId] = route.rest;
  const list = clients.data?.clients ?? [];
  const client = list.find(({ clientId: id }) => id === chosen) ?? list[0];
  const clientId = client?.clientId;
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
            {list.map(({ clientId: id, clientName }) => (
              <option key={id} value={id}>
                {clientName}
              </option>
            ))}
          </select>
          {client && (
            <button type="button" onClick={() => setAsked('change')}>
              Rename
            </button>
          )}
          <button type="button" onClick={() => setAsked('new')}>
            New client
          </button>
          {client && list.length > 1 && (
            <DeleteButton
              what="this client"
              path={`/api/clients/${encodeURIComponent(client.clientId)}`}
              changes={['/api/clients']}
              done="Deleted."
            >
              <p>{client.clientName}</p>
              <p class="muted">Its proxies and credentials go first: one that has any is not deleted.</p>
            </DeleteButton>
          )}
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
      {asked && <ClientDialog client={asked === 'change' ? (client ?? null) : null} onClose={() => setAsked(null)} />}
    </>
  );
}
