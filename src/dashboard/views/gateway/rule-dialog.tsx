import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayRule } from '../../api/gateway-types.ts';
import { LinesField, SelectField, TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { type RuleFields, ruleBody, ruleFieldsOf } from './rule.model.ts';

const CHECKS_HINT = 'One a line: name, name ~ RE2, or !name when it must be absent.';

interface RuleDialogProps {
  /** Of the rules of its gate. */
  path: string;
  /** Null: a new one. */
  rule: GatewayRule | null;
  onClose: () => void;
}

export function RuleDialog({ path, rule, onClose }: RuleDialogProps) {
  const [fields, setFields] = useState(() => ruleFieldsOf(rule));
  const set = (name: keyof RuleFields) => (value: string) => setFields({ ...fields, [name]: value });
  const saving = useAction({
    run: () => {
      const json = ruleBody(fields);
      return rule ? call('PUT', `${path}/${encodeURIComponent(rule.sKey)}`, { json }) : call('POST', path, { json });
    },
    changes: [path],
    done: rule ? 'Changed.' : 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog
      title={rule ? 'Change this rule' : 'New rule'}
      submit={rule ? 'Change it' : 'Create it'}
      action={saving}
      onClose={onClose}
    >
      <p class="muted">In a gate any matching deny denies; else a matching allow allows; else its default decides.</p>
      <div class="fields">
        <SelectField
          label="Effect"
          value={fields.effect}
          onValue={set('effect')}
          options={[
            ['deny', 'Deny'],
            ['allow', 'Allow'],
          ]}
        />
        <TextField label="Methods" placeholder="Any, or GET, POST" value={fields.methods} onValue={set('methods')} />
        <SelectField
          label="The path"
          value={fields.pathPresence}
          onValue={set('pathPresence')}
          options={[
            ['present', 'matches'],
            ['absent', 'does not match'],
          ]}
        />
        <TextField label="Path, RE2" placeholder="^/v1/" value={fields.path} onValue={set('path')} />
      </div>
      <LinesField label="Headers" hint={CHECKS_HINT} value={fields.headers} onValue={set('headers')} />
      <LinesField label="Query parameters" hint={CHECKS_HINT} value={fields.query} onValue={set('query')} />
      <TextField
        label="Priority"
        type="number"
        min={0}
        step={1}
        required
        value={fields.priority}
        onValue={set('priority')}
      />
      <TextField label="Notes" value={fields.notes} onValue={set('notes')} />
    </FormDialog>
  );
}
