import { useState } from 'preact/hooks';
import type { GatewayProxy, GatewayRule, GatewayRules } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { partPath } from './paths.ts';
import { describeRule } from './rule.model.ts';
import { RuleDialog } from './rule-dialog.tsx';

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

/** What each of the four gates of a proxy says. */
export function Rules({ proxy }: { proxy: GatewayProxy }) {
  const [gate, setGate] = useState<Gate>('proxy');
  const [asked, setAsked] = useState<{ rule: GatewayRule | null } | null>(null);
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
        <button type="button" onClick={() => setAsked({ rule: null })}>
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
            <div class="actions">
              <button type="button" aria-label={`Change: ${describeRule(rule)}`} onClick={() => setAsked({ rule })}>
                Change
              </button>
              <DeleteButton
                what="this rule"
                path={`${path}/${encodeURIComponent(rule.sKey)}`}
                changes={[path]}
                done="Deleted."
              >
                <p>{describeRule(rule)}</p>
              </DeleteButton>
            </div>
          </li>
        ))}
      </ul>
      {asked && <RuleDialog path={path} rule={asked.rule} onClose={() => setAsked(null)} />}
    </section>
  );
}
