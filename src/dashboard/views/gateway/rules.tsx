import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayProxy, GatewayRules } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { partPath } from './paths.ts';
import { describeRule, emptyRule, ruleBody } from './rule.model.ts';

const gates = ['proxy', 'caller', 'credential', 'target'] as const;
type Gate = (typeof gates)[number];

const gateNames: Record<Gate, string> = {
  proxy: 'this proxy',
  caller: 'the callers’ credential',
  credential: 'the target’s credential',
  target: 'the target',
};

function rulesPath(gate: Gate, proxy: GatewayProxy): string {
  const { clientId, sKey, proxyProxyCredentialId, proxyTargetCredentialId, proxyTargetId } = proxy;
  const parent = {
    proxy: partPath(clientId, 'proxies', sKey),
    caller: partPath(clientId, 'credentials', proxyProxyCredentialId),
    credential: partPath(clientId, 'credentials', proxyTargetCredentialId),
    target: partPath(clientId, 'targets', proxyTargetId),
  }[gate];
  return `${parent}/rules`;
}

function NewRule({ path, onClose }: { path: string; onClose: () => void }) {
  const [fields, setFields] = useState(emptyRule);
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const adding = useAction({
    run: () => call('POST', path, { json: ruleBody(fields) }),
    changes: [path],
    done: 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog title="New rule" submit="Create it" action={adding} onClose={onClose}>
      <p class="muted">In a gate any matching deny denies; else a matching allow allows; else its default decides.</p>
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
      <TextField label="Path, RE2" placeholder="^/v1/" value={fields.path} onValue={set('path')} />
      <TextField label="Notes" value={fields.notes} onValue={set('notes')} />
    </FormDialog>
  );
}

/** What each of the four gates of a proxy says. */
export function Rules({ proxy }: { proxy: GatewayProxy }) {
  const [gate, setGate] = useState<Gate>('proxy');
  const [isAdding, setIsAdding] = useState(false);
  const path = rulesPath(gate, proxy);
  const rules = useAnswer<GatewayRules>(path);
  const list = rules.data?.rules ?? [];
  return (
    <section aria-label="Rules">
      <h3>Rules</h3>
      <div class="actions">
        <select
          aria-label="Rules of"
          value={gate}
          onChange={(event) => setGate(gates.find((name) => name === event.currentTarget.value) ?? 'proxy')}
        >
          {gates.map((name) => (
            <option key={name} value={name}>
              of {gateNames[name]}
            </option>
          ))}
        </select>
        <button type="button" onClick={() => setIsAdding(true)}>
          New rule
        </button>
      </div>
      {rules.error && <ErrorNote error={rules.error} />}
      {rules.data && list.length === 0 && <p class="muted">No rule: the default of {gateNames[gate]} decides.</p>}
      <ul class="parts" aria-label="Rules">
        {list.map((rule) => (
          <li key={rule.sKey} class="part">
            <p>
              <span class={`tag ${rule.effect === 'allow' ? 'tag-good' : 'tag-bad'}`}>{rule.effect}</span>{' '}
              {describeRule(rule)} <span class="muted">{rule.notes}</span>
            </p>
            <DeleteButton
              what="this rule"
              path={`${path}/${encodeURIComponent(rule.sKey)}`}
              changes={[path]}
              done="Deleted."
            >
              <p>{describeRule(rule)}</p>
            </DeleteButton>
          </li>
        ))}
      </ul>
      {isAdding && <NewRule path={path} onClose={() => setIsAdding(false)} />}
    </section>
  );
}
