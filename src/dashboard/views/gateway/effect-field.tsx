import { SelectField } from '../../parts/field.tsx';

type Effect = 'allow' | 'deny';

/** What a gate does when none of its rules matches. */
export function EffectField({ value, onValue }: { value: Effect; onValue: (effect: Effect) => void }) {
  return (
    <SelectField
      label="When no rule matches"
      value={value}
      onValue={(effect) => onValue(effect === 'deny' ? 'deny' : 'allow')}
      options={[
        ['allow', 'Allow'],
        ['deny', 'Deny'],
      ]}
    />
  );
}
