import { useState } from 'preact/hooks';
import type { PoolView, TargetView } from '../../api/routing-types.ts';
import { SelectField, TextField } from '../../parts/field.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { type TargetFields, targetFieldsOf, targetInputOf } from './fields.model.ts';

const numbers = [
  ['minRequestInterval', 'An address rests, s', { min: 0, step: 'any' }],
  ['maxQueueWait', 'A request waits, s', { min: 0, step: 'any' }],
  ['numRetries', 'Retries', { min: 0, step: 1 }],
  ['ipFailuresUntilQuarantine', 'Failures to quarantine', { min: 1, step: 1 }],
  ['quarantineTime', 'Quarantine, s', { min: 0, step: 'any' }],
] as const;

const knownRoles = [
  ['', 'Operators and admins'],
  ['viewer,operator,admin', 'Every account'],
  ['admin', 'Admins alone'],
] as const;

interface TargetDialogProps {
  /** Null: a new one. */
  target: TargetView | null;
  pools: readonly PoolView[];
  onClose: () => void;
}

export function TargetDialog({ target, pools, onClose }: TargetDialogProps) {
  const [fields, setFields] = useState(() => targetFieldsOf(target));
  const set = (field: keyof TargetFields) => (value: string) => setFields({ ...fields, [field]: value });
  const roles = knownRoles.some(([value]) => value === fields.allowedRoles)
    ? knownRoles
    : [...knownRoles, [fields.allowedRoles, fields.allowedRoles] as const];
  return (
    <ChangeDialog
      title={target ? `Change target ${target.name}` : 'New target'}
      submit={target ? 'Change it' : 'Create it'}
      done={target ? 'Changed.' : 'Created.'}
      change={{ name: target ? 'updateTarget' : 'addTarget', variables: { input: targetInputOf(fields) } }}
      isReady={fields.name.trim() !== '' && fields.poolName !== ''}
      onClose={onClose}
    >
      {!target && <TextField label="Name" required value={fields.name} onValue={set('name')} />}
      <TextField
        label="URLs that match, RE2"
        hint="Searched in the full URL; the match must begin within scheme://host:port."
        required
        value={fields.regex}
        onValue={set('regex')}
      />
      <div class="fields">
        <SelectField
          label="Through the pool"
          value={fields.poolName}
          onValue={set('poolName')}
          options={[['', 'Choose one'], ...pools.map(({ name }) => [name, name] as const)]}
        />
        <SelectField label="Who may" value={fields.allowedRoles} onValue={set('allowedRoles')} options={roles} />
        {numbers.map(([field, label, limits]) => (
          <TextField
            key={field}
            label={label}
            type="number"
            required
            value={fields[field]}
            onValue={set(field)}
            {...limits}
          />
        ))}
      </div>
    </ChangeDialog>
  );
}
