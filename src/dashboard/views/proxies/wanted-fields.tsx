import { SelectField, TextField } from '../../parts/field.tsx';
import type { Wanted } from './wanted.model.ts';

interface WantedFieldsProps {
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
  /** False where no pool can be named. */
  hasPool?: boolean;
}

const protocols = [
  ['', 'Any'],
  ['http', 'http'],
  ['https', 'https'],
  ['socks4', 'socks4'],
  ['socks5', 'socks5'],
] as const;
const levels = [
  ['', 'Any'],
  ['elite', 'elite'],
  ['anonymous', 'anonymous'],
  ['transparent', 'transparent'],
] as const;

/** What a proxy must be, for a lease or a test. */
export function WantedFields({ wanted, onChange, hasPool = true }: WantedFieldsProps) {
  const set = (name: keyof Wanted) => (value: string) => onChange({ ...wanted, [name]: value });
  return (
    <div class="fields">
      <SelectField label="Protocol" value={wanted.protocol} onValue={set('protocol')} options={protocols} />
      <SelectField label="Anonymity" value={wanted.anonymity} onValue={set('anonymity')} options={levels} />
      <TextField label="Country" placeholder="Any, or DE" value={wanted.country} onValue={set('country')} />
      <TextField
        label="Score from"
        type="number"
        min={0}
        max={1}
        step={0.05}
        placeholder="Any"
        value={wanted.min_score}
        onValue={set('min_score')}
      />
      {hasPool && <TextField label="Pool" placeholder="default" value={wanted.pool} onValue={set('pool')} />}
    </div>
  );
}
