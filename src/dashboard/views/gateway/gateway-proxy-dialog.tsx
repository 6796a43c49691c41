import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayCredentials, GatewayTargets } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { SelectField, TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { partPath } from './paths.ts';

const none = ['', 'Choose one'] as const;

/** The parts that a proxy may be joined of, as options of its form. */
function useParts(clientId: string) {
  const credentials = useAnswer<GatewayCredentials>(partPath(clientId, 'credentials')).data?.credentials ?? [];
  const targets = useAnswer<GatewayTargets>(partPath(clientId, 'targets')).data?.targets ?? [];
  const ofType = (type: 'proxy' | 'target') =>
    credentials
      .filter(({ credentialType }) => credentialType === type)
      .map(({ sKey, credentialName, credentialRegion }) => [sKey, `${credentialName} · ${credentialRegion}`] as const);
  return {
    targets,
    shownByCallers: [none, ...ofType('proxy')],
    shownToTarget: [none, ...ofType('target')],
    targetOptions: [none, ...targets.map(({ sKey, targetName }) => [sKey, targetName] as const)],
  };
}

export function NewProxy({ clientId, onClose }: { clientId: string; onClose: () => void }) {
  const parts = useParts(clientId);
  const [fields, setFields] = useState({ name: '', alias: '', caller: '', target: '', credential: '' });
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const region = parts.targets.find(({ sKey }) => sKey === fields.target)?.targetRegion ?? '';
  const adding = useAction({
    run: () =>
      call('POST', partPath(clientId, 'proxies'), {
        json: {
          proxyName: fields.name,
          proxyRegion: region,
          proxyProxyCredentialId: fields.caller,
          proxyTargetId: fields.target,
          proxyTargetCredentialId: fields.credential,
          ...(fields.alias === '' ? {} : { proxyAlias: fields.alias }),
        },
      }),
    changes: [partPath(clientId, 'proxies')],
    done: 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog title="New proxy" submit="Create it" action={adding} onClose={onClose}>
      <div class="fields">
        <TextField label="Name" required value={fields.name} onValue={set('name')} />
        <TextField label="Alias" placeholder="payments" value={fields.alias} onValue={set('alias')} />
      </div>
      <SelectField label="Target" value={fields.target} onValue={set('target')} options={parts.targetOptions} />
      <SelectField label="Callers show" value={fields.caller} onValue={set('caller')} options={parts.shownByCallers} />
      <SelectField
        label="The target is shown"
        hint="All parts must be of the target’s region."
        value={fields.credential}
        onValue={set('credential')}
        options={parts.shownToTarget}
      />
    </FormDialog>
  );
}
