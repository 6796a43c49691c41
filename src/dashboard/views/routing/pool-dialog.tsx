import { useState } from 'preact/hooks';
import type { PoolView, ProviderView } from '../../api/routing-types.ts';
import { SelectField, TextField } from '../../parts/field.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { poolFieldsOf, poolInputOf } from './fields.model.ts';

interface PoolDialogProps {
  /** Null: a new one. */
  pool: PoolView | null;
  providers: readonly ProviderView[];
  onClose: () => void;
}

export function PoolDialog({ pool, providers, onClose }: PoolDialogProps) {
  const [fields, setFields] = useState(() => poolFieldsOf(pool));
  const { name, requests } = fields;
  const setRequest = (index: number, change: Partial<(typeof requests)[number]>) =>
    setFields({ name, requests: requests.map((row, place) => (place === index ? { ...row, ...change } : row)) });
  const options = [
    ['', 'Choose one'],
    ...providers.map((provider) => [provider.name, provider.name] as const),
  ] as const;
  return (
    <ChangeDialog
      title={pool ? `Change pool ${pool.name}` : 'New pool'}
      submit={pool ? 'Change it' : 'Create it'}
      done={pool ? 'Changed.' : 'Created.'}
      change={{ name: pool ? 'updatePool' : 'addPool', variables: { input: poolInputOf(fields) } }}
      isReady={name.trim() !== '' && requests.every(({ provider }) => provider !== '')}
      onClose={onClose}
    >
      {!pool && (
        <TextField label="Name" required value={name} onValue={(value) => setFields({ name: value, requests })} />
      )}
      {requests.map(({ provider, count }, index) => (
        <div class="fields" key={index}>
          <SelectField
            label="From the provider"
            value={provider}
            onValue={(value) => setRequest(index, { provider: value })}
            options={options}
          />
          <TextField
            label="Addresses at most"
            type="number"
            min={1}
            step={1}
            required
            value={count}
            onValue={(value) => setRequest(index, { count: value })}
          />
          {requests.length > 1 && (
            <button
              type="button"
              onClick={() => setFields({ name, requests: requests.filter((_row, place) => place !== index) })}
            >
              Leave it out
            </button>
          )}
        </div>
      ))}
      <div class="actions">
        <button
          type="button"
          onClick={() => setFields({ name, requests: [...requests, { provider: '', count: '1' }] })}
        >
          Another provider
        </button>
      </div>
    </ChangeDialog>
  );
}
