import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayCredentials, GatewayProxy, GatewayTargets } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { LinesField, SelectField, TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { EffectField } from './effect-field.tsx';
import { partPath } from './paths.ts';
import { type ProxyFields, proxyBodyOf, proxyFieldsOf } from './proxy-fields.model.ts';

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

interface ProxyDialogProps {
  clientId: string;
  /** Null: a new one. */
  proxy: GatewayProxy | null;
  onClose: () => void;
}

interface FieldsProps {
  fields: ProxyFields;
  onChange: (fields: ProxyFields) => void;
}

/** What most proxies do without. */
function MoreFields({ fields, onChange }: FieldsProps) {
  const set = (name: keyof ProxyFields) => (value: string) => onChange({ ...fields, [name]: value });
  return (
    <details>
      <summary>Limits, additions, egress, bodies</summary>
      <div class="form">
        <div class="fields">
          <TextField
            label="Calls a minute"
            type="number"
            min={1}
            step={1}
            placeholder="No limit"
            value={fields.perMinute}
            onValue={set('perMinute')}
          />
          <TextField
            label="Calls a day"
            type="number"
            min={1}
            step={1}
            placeholder="No limit"
            value={fields.perDay}
            onValue={set('perDay')}
          />
          <TextField label="Out through the routing target" value={fields.egress} onValue={set('egress')} />
          <EffectField value={fields.effect} onValue={(effect) => onChange({ ...fields, effect })} />
          <SelectField
            label="Bodies in the request log"
            hint="Without secrets, for as long as the log keeps the request."
            value={fields.keepsBodies ? 'kept' : ''}
            onValue={(kept) => onChange({ ...fields, keepsBodies: kept === 'kept' })}
            options={[
              ['', 'Not kept'],
              ['kept', 'The first 16 KiB are kept'],
            ]}
          />
        </div>
        <LinesField
          label="Headers that are added"
          hint="One a line, name: value."
          value={fields.headers}
          onValue={set('headers')}
        />
        <LinesField
          label="Query parameters that are added"
          hint="One a line, name=value."
          value={fields.query}
          onValue={set('query')}
        />
      </div>
    </details>
  );
}

/** Joins a proxy of its parts, or changes one. */
export function ProxyDialog({ clientId, proxy, onClose }: ProxyDialogProps) {
  const parts = useParts(clientId);
  const [fields, setFields] = useState(() => proxyFieldsOf(proxy));
  const set = (name: keyof ProxyFields) => (value: string) => setFields({ ...fields, [name]: value });
  const saving = useAction({
    run: () => {
      const json = proxyBodyOf(fields);
      if (proxy) return call('PUT', partPath(clientId, 'proxies', proxy.sKey), { json });
      const proxyRegion = parts.targets.find(({ sKey }) => sKey === fields.target)?.targetRegion ?? '';
      return call('POST', partPath(clientId, 'proxies'), { json: { ...json, proxyRegion } });
    },
    changes: [partPath(clientId, 'proxies')],
    done: proxy ? 'Changed: in force within five seconds.' : 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog
      title={proxy ? `Change ${proxy.proxyName}` : 'New proxy'}
      submit={proxy ? 'Change it' : 'Create it'}
      action={saving}
      onClose={onClose}
    >
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
      <MoreFields fields={fields} onChange={setFields} />
    </FormDialog>
  );
}
