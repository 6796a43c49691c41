import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayClients } from '../../api/gateway-types.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import { TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';

export function NewClient({ onClose }: { onClose: () => void }) {
  const [clientName, setClientName] = useState('');
  const adding = useAction({
    run: () => call<GatewayClients>('POST', '/api/clients', { json: { clientName } }),
    changes: ['/api/clients'],
    done: 'Created.',
    onDone: ({ clients: [client] }) => {
      if (client) replaceHash(hashOf('gateway', [client.clientId]));
      onClose();
    },
  });
  return (
    <FormDialog title="New client" submit="Create it" action={adding} onClose={onClose}>
      <p class="muted">A client keeps the credentials, targets and proxies of one project together.</p>
      <TextField label="Name" required value={clientName} onValue={setClientName} />
    </FormDialog>
  );
}
