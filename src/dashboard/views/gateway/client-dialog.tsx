import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayClients } from '../../api/gateway-types.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import { TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';

interface ClientDialogProps {
  /** Null: a new one. */
  client: GatewayClients['clients'][number] | null;
  onClose: () => void;
}

export function ClientDialog({ client, onClose }: ClientDialogProps) {
  const [clientName, setClientName] = useState(client?.clientName ?? '');
  const saving = useAction({
    run: () => {
      const json = { clientName };
      if (client) return call<GatewayClients>('PUT', `/api/clients/${encodeURIComponent(client.clientId)}`, { json });
      return call<GatewayClients>('POST', '/api/clients', { json });
    },
    changes: ['/api/clients'],
    done: client ? 'Changed.' : 'Created.',
    onDone: ({ clients: [saved] }) => {
      if (saved) replaceHash(hashOf('gateway', [saved.clientId]));
      onClose();
    },
  });
  return (
    <FormDialog
      title={client ? `Change ${client.clientName}` : 'New client'}
      submit={client ? 'Change it' : 'Create it'}
      action={saving}
      onClose={onClose}
    >
      <p class="muted">A client keeps the credentials, targets and proxies of one project together.</p>
      <TextField label="Name" required value={clientName} onValue={setClientName} />
    </FormDialog>
  );
}
