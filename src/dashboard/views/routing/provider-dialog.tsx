import { useState } from 'preact/hooks';
import type { ProviderView } from '../../api/routing-types.ts';
import { Field, LinesField, SelectField, TextField } from '../../parts/field.tsx';
import { WantedFields } from '../proxies/wanted-fields.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { type ProviderFields, providerFieldsOf, providerInputOf } from './fields.model.ts';

const logins = {
  keep: 'As it is',
  none: 'None',
  new: 'User name and password',
} as const;

interface FieldsProps {
  fields: ProviderFields;
  onChange: (fields: ProviderFields) => void;
}

function LoginFields({ fields, onChange }: FieldsProps) {
  const set = (field: 'username' | 'password') => (value: string) => onChange({ ...fields, [field]: value });
  return (
    <div class="fields">
      <TextField label="User name" required value={fields.username} onValue={set('username')} />
      <Field label="Password" hint="Stored encrypted, never shown again.">
        {(id) => (
          <input
            id={id}
            type="password"
            autocomplete="new-password"
            value={fields.password}
            onInput={(event) => set('password')(event.currentTarget.value)}
          />
        )}
      </Field>
    </div>
  );
}

function ListFields({ fields, onChange, isNew }: FieldsProps & { isNew: boolean }) {
  const offered = (isNew ? ['none', 'new'] : ['keep', 'none', 'new']) as ProviderFields['login'][];
  return (
    <>
      <LinesField
        label="Addresses"
        hint="One a line: host:port, or scheme://host:port of http, https, socks4, socks5."
        rows={5}
        required
        value={fields.addresses}
        onValue={(addresses) => onChange({ ...fields, addresses })}
      />
      <SelectField
        label="Login"
        value={fields.login}
        onValue={(value) => onChange({ ...fields, login: offered.find((login) => login === value) ?? 'none' })}
        options={offered.map((login) => [login, logins[login]] as const)}
      />
      {fields.login === 'new' && <LoginFields fields={fields} onChange={onChange} />}
    </>
  );
}

function InventoryFields({ fields, onChange }: FieldsProps) {
  return (
    <>
      <p class="muted">The best checked proxies that match; one that fails is replaced within a minute.</p>
      <WantedFields wanted={fields.wanted} onChange={(wanted) => onChange({ ...fields, wanted })} hasPool={false} />
      <TextField
        label="How many"
        type="number"
        min={1}
        step={1}
        required
        value={fields.count}
        onValue={(count) => onChange({ ...fields, count })}
      />
    </>
  );
}

const isFilledIn = ({ name, kind, addresses, login, username }: ProviderFields) =>
  name.trim() !== '' && (kind === 'inventory' || addresses.trim() !== '') && (login !== 'new' || username !== '');

interface ProviderDialogProps {
  /** Null: a new one. */
  provider: ProviderView | null;
  onClose: () => void;
}

export function ProviderDialog({ provider, onClose }: ProviderDialogProps) {
  const [fields, setFields] = useState(() => providerFieldsOf(provider));
  return (
    <ChangeDialog
      title={provider ? `Change provider ${provider.name}` : 'New provider'}
      submit={provider ? 'Change it' : 'Create it'}
      done={provider ? 'Changed.' : 'Created.'}
      change={{ name: provider ? 'updateProvider' : 'addProvider', variables: { input: providerInputOf(fields) } }}
      isReady={isFilledIn(fields)}
      onClose={onClose}
    >
      {!provider && (
        <TextField label="Name" required value={fields.name} onValue={(name) => setFields({ ...fields, name })} />
      )}
      <div class="fields">
        <SelectField
          label="Its proxies"
          value={fields.kind}
          onValue={(kind) => setFields({ ...fields, kind: kind === 'inventory' ? 'inventory' : 'list' })}
          options={[
            ['list', 'Addresses of its own'],
            ['inventory', 'Follow the checked proxies'],
          ]}
        />
        <TextField
          label="Region tag"
          value={fields.regionTag}
          onValue={(regionTag) => setFields({ ...fields, regionTag })}
        />
      </div>
      {fields.kind === 'list' ? (
        <ListFields fields={fields} onChange={setFields} isNew={provider === null} />
      ) : (
        <InventoryFields fields={fields} onChange={setFields} />
      )}
    </ChangeDialog>
  );
}
