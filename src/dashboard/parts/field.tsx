import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  hint?: string;
  children: (id: string) => ComponentChildren;
}

/** A control with its label above and a hint below. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
  type?: 'text' | 'email' | 'url' | 'number' | 'search' | 'password';
  required?: boolean;
  placeholder?: string;
  min?: number;
  max?: number;
  step?: number | 'any';
}

export function TextField({ label, hint, value, onValue, type = 'text', ...rest }: TextFieldProps) {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <input id={id} type={type} value={value} onInput={(event) => onValue(event.currentTarget.value)} {...rest} />
      )}
    </Field>
  );
}

interface LinesFieldProps {
  label: string;
  hint: string;
  value: string;
  onValue: (value: string) => void;
  rows?: number;
  required?: boolean;
}

/** Several lines, each a value. */
export function LinesField({ label, hint, value, onValue, rows = 2, required = false }: LinesFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <textarea
          id={id}
          rows={rows}
          required={required}
          autocomplete="off"
          spellcheck={false}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SelectFieldProps {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
  /** Value → what is shown. */
  options: readonly (readonly [string, string])[];
}

export function SelectField({ label, hint, value, onValue, options }: SelectFieldProps) {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {options.map(([option, shown]) => (
            <option key={option} value={option}>
              {shown}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
