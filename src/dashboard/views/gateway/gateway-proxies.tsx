import { useState } from 'preact/hooks';
import type { GatewayProxies as Proxies } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import { Card } from '../../parts/card.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { GatewayProxyDrawer } from './gateway-proxy.tsx';
import { ProxyDialog } from './gateway-proxy-dialog.tsx';
import { partPath } from './paths.ts';

interface GatewayProxiesProps {
  clientId: string;
  openId: string | undefined;
}

/** What programs call. */
export function GatewayProxies({ clientId, openId }: GatewayProxiesProps) {
  const proxies = useAnswer<Proxies>(partPath(clientId, 'proxies'));
  const [isAdding, setIsAdding] = useState(false);
  const list = proxies.data?.proxies ?? [];
  const open = list.find(({ sKey }) => sKey === openId);
  const add = (
    <button type="button" class="primary" onClick={() => setIsAdding(true)}>
      New proxy
    </button>
  );
  return (
    <Card title="Proxies" aside={add}>
      {proxies.error && <ErrorNote error={proxies.error} retry={() => void proxies.refetch()} />}
      {proxies.data && list.length === 0 && (
        <p class="muted">
          Three steps: store two credentials, name a target, then join them to a proxy that your programs call.
        </p>
      )}
      <ul class="parts" aria-label="Proxies">
        {list.map(({ sKey, proxyName, proxyAlias, proxyActive, proxyRegion }) => (
          <li key={sKey} class="part">
            <p>
              <a href={hashOf('gateway', [clientId, sKey])}>{proxyName}</a>{' '}
              <span class={`tag ${proxyActive ? 'tag-good' : ''}`}>{proxyActive ? 'active' : 'off'}</span>{' '}
              {proxyAlias !== null && <span class="tag">{proxyAlias}</span>} <span class="tag">{proxyRegion}</span>
            </p>
          </li>
        ))}
      </ul>
      {open && (
        <GatewayProxyDrawer key={open.sKey} proxy={open} onClose={() => replaceHash(hashOf('gateway', [clientId]))} />
      )}
      {isAdding && <ProxyDialog clientId={clientId} proxy={null} onClose={() => setIsAdding(false)} />}
    </Card>
  );
}
