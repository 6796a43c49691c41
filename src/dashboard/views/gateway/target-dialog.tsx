import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayTarget } from '../../api/gateway-types.ts';
import { TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { EffectField } from './effect-field.tsx';
import { DEFAULT_REGION, partPath } from './paths.ts';

interface TargetDialogProps {
  clientId: string;
  /** Null: a new one. */
  target: GatewayTarget | null;
  onClose: () => void;
}

export function TargetDialog({ clientId, target, onClose }: TargetDialogProps) {
  const [fields, setFields] = useState({
    targetName: target?.targetName ?? '',
    targetBaseURL: target?.targetBaseURL ?? '',
    targetDefaultRuleEffect: target?.targetDefaultRuleEffect ?? 'allow',
  });
  const [targetRegion, setTargetRegion] = useState(DEFAULT_REGION);
  const saving = useAction({
    run: () =>
      target
        ? call('PUT', partPath(clientId, 'targets', target.sKey), { json: fields })
        : call('POST', partPath(clientId, 'targets'), { json: { ...fields, targetRegion } }),
    changes: [partPath(clientId, 'targets')],
    done: target ? 'Changed.' : 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog
      title={target ? `Change ${target.targetName}` : 'New target'}
      submit={target ? 'Change it' : 'Create it'}
      action={saving}
      onClose={onClose}
    >
      <TextField
        label="Name"
        required
        value={fields.targetName}
        onValue={(targetName) => setFields({ ...fields, targetName })}
      />
      <TextField
        label="Base URL"
        type="url"
        required
        placeholder="https://api.example.com/v1"
        hint="Requests stay below it."
        value={fields.targetBaseURL}
        onValue={(targetBaseURL) => setFields({ ...fields, targetBaseURL })}
      />
      {!target && <TextField label="Region" required value={targetRegion} onValue={setTargetRegion} />}
      <EffectField
        value={fields.targetDefaultRuleEffect}
        onValue={(targetDefaultRuleEffect) => setFields({ ...fields, targetDefaultRuleEffect })}
      />
    </FormDialog>
  );
}
