import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayCredentials, GatewayProxy } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ProxyDialog } from './gateway-proxy-dialog.tsx';
import { partPath } from './paths.ts';
import { Rules } from './rules.tsx';
import { curlCredential } from './secret.model.ts';
import { Simulator } from './simulator.tsx';
import { Telemetry } from './telemetry.tsx';

function HowToCall({ proxy }: { proxy: GatewayProxy }) {
  const { clientId, sKey, proxyAlias, proxyProxyCredentialId: credentialId } = proxy;
  const credentials = useAnswer<GatewayCredentials>(partPath(clientId, 'credentials')).data?.credentials ?? [];
  const type = credentials.find((credential) => credential.sKey === credentialId)?.credentialAuthType ?? 'key';
  const path = proxyAlias === null ? `/api/${sKey}/` : `/api/${clientId}/${proxyAlias}/`;
  const command = `curl ${curlCredential(type)} '${location.origin}${path}'`;
  return (
    <p class="secret">
      <code>{command}</code>
      <CopyButton text={command} what="the command" />
    </p>
  );
}

/** One proxy of the gateway: how to call it, what it lets pass, what its calls were like. */
export function GatewayProxyDrawer({ proxy, onClose }: { proxy: GatewayProxy; onClose: () => void }) {
  const { clientId, sKey, proxyActive } = proxy;
  const path = partPath(clientId, 'proxies', sKey);
  const [isChanging, setIsChanging] = useState(false);
  const change = useAction({
    run: () => call('PUT', path, { json: { proxyActive: !proxyActive } }),
    changes: [partPath(clientId, 'proxies')],
    done: proxyActive ? 'Turned off: callers get a 403.' : 'Turned on.',
  });
  return (
    <Drawer title={proxy.proxyName} onClose={onClose}>
      <p class="actions">
        <span class={`tag ${proxyActive ? 'tag-good' : ''}`}>{proxyActive ? 'active' : 'off'}</span>
        <button type="button" disabled={change.isPending} onClick={() => change.mutate(undefined)}>
          {proxyActive ? 'Turn off' : 'Turn on'}
        </button>
        <button type="button" onClick={() => setIsChanging(true)}>
          Change
        </button>
        <DeleteButton what="this proxy" path={path} changes={['/api/clients']} done="Deleted.">
          <p>{proxy.proxyName}</p>
          <p class="muted">Whoever calls it gets a 404 from then on.</p>
        </DeleteButton>
      </p>
      {change.error && <ErrorNote error={change.error} />}
      <HowToCall proxy={proxy} />
      <Rules proxy={proxy} />
      <Simulator path={path} />
      <Telemetry path={path} />
      {isChanging && <ProxyDialog clientId={clientId} proxy={proxy} onClose={() => setIsChanging(false)} />}
    </Drawer>
  );
}
