import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayTargets } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { Card } from '../../parts/card.tsx';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { DEFAULT_REGION, partPath } from './paths.ts';

function NewTarget({ clientId, onClose }: { clientId: string; onClose: () => void }) {
  const [fields, setFields] = useState({ targetName: '', targetBaseURL: '', targetRegion: DEFAULT_REGION });
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const adding = useAction({
    run: () => call('POST', partPath(clientId, 'targets'), { json: fields }),
    changes: [partPath(clientId, 'targets')],
    done: 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog title="New target" submit="Create it" action={adding} onClose={onClose}>
      <TextField label="Name" required value={fields.targetName} onValue={set('targetName')} />
      <TextField
        label="Base URL"
        type="url"
        required
        placeholder="https://api.example.com/v1"
        hint="Requests stay below it."
        value={fields.targetBaseURL}
        onValue={set('targetBaseURL')}
      />
      <TextField label="Region" required value={fields.targetRegion} onValue={set('targetRegion')} />
    </FormDialog>
  );
}

export function Targets({ clientId }: { clientId: string }) {
  const targets = useAnswer<GatewayTargets>(partPath(clientId, 'targets'));
  const [isAdding, setIsAdding] = useState(false);
  const list = targets.data?.targets ?? [];
  const add = (
    <button type="button" onClick={() => setIsAdding(true)}>
      New target
    </button>
  );
  return (
    <Card title="Targets" aside={add}>
      {targets.error && <ErrorNote error={targets.error} />}
      {targets.data && list.length === 0 && <p class="muted">The APIs that your programs shall reach through here.</p>}
      <ul class="parts" aria-label="Targets">
        {list.map(({ sKey, targetName, targetBaseURL, targetRegion }) => (
          <li key={sKey} class="part">
            <p>
              <strong>{targetName}</strong> <code>{targetBaseURL}</code> <span class="tag">{targetRegion}</span>
            </p>
            <DeleteButton
              what="this target"
              path={partPath(clientId, 'targets', sKey)}
              changes={['/api/clients']}
              done="Deleted."
            >
              <p>{targetName}</p>
            </DeleteButton>
          </li>
        ))}
      </ul>
      {isAdding && <NewTarget clientId={clientId} onClose={() => setIsAdding(false)} />}
    </Card>
  );
}
