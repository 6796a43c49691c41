import { useMemo, useState } from 'preact/hooks';
import type { Routing as Configuration } from '../../api/routing-types.ts';
import { useMayWrite } from '../../app/role.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { Busy } from '../../parts/busy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { PoolDrawer, ProviderDrawer, TargetDrawer } from './drawers.tsx';
import { type QueueCounts, TARGETS_A_QUERY } from './picture.model.ts';
import { Picture } from './picture.tsx';
import { PoolDialog } from './pool-dialog.tsx';
import { ProviderDialog } from './provider-dialog.tsx';
import { useQueues, useRouting } from './routing-queries.ts';
import { TargetDialog } from './target-dialog.tsx';

type Kind = 'provider' | 'pool' | 'target';

const noCounts: ReadonlyMap<string, QueueCounts> = new Map();

function NewDialog({ kind, routing, onClose }: { kind: Kind; routing: Configuration; onClose: () => void }) {
  if (kind === 'provider') return <ProviderDialog provider={null} onClose={onClose} />;
  if (kind === 'pool') return <PoolDialog pool={null} providers={routing.providers} onClose={onClose} />;
  return <TargetDialog target={null} pools={routing.pools} onClose={onClose} />;
}

function OpenDrawer({ route, routing }: ViewProps & { routing: Configuration }) {
  const [kind, name] = route.rest;
  const onClose = () => replaceHash(hashOf('routing'));
  const named = <Part extends { name: string }>(parts: readonly Part[]) => parts.find((part) => part.name === name);
  const [provider, pool, target] = [named(routing.providers), named(routing.pools), named(routing.targets)];
  if (kind === 'provider' && provider) return <ProviderDrawer part={provider} routing={routing} onClose={onClose} />;
  if (kind === 'pool' && pool) return <PoolDrawer part={pool} routing={routing} onClose={onClose} />;
  if (kind === 'target' && target) return <TargetDrawer part={target} routing={routing} onClose={onClose} />;
  return null;
}

function Beginning({ routing, mayWrite }: { routing: Configuration; mayWrite: boolean }) {
  if (routing.targets.length > 0) return null;
  return (
    <p class="empty">
      {mayWrite
        ? 'Three steps: name proxies that you have as a provider, draw from it by a pool, then say which URLs go through that pool by a target.'
        : 'Nothing is routed yet. An operator names providers, pools and targets.'}
    </p>
  );
}

/** Which URLs go through which proxies, and how it is going. */
export function Routing({ route }: ViewProps) {
  const mayWrite = useMayWrite();
  const routing = useRouting();
  const [asked, setAsked] = useState<Kind | null>(null);
  // More queues than a query may ask for are seen in their targets' own drawers.
  const names = useMemo(
    () => routing.data?.targets.slice(0, TARGETS_A_QUERY).map(({ name }) => name) ?? [],
    [routing.data],
  );
  const queues = useQueues(names);
  return (
    <>
      <header class="view-header">
        <h1>Routing</h1>
        <p class="muted">Requests to a target’s URLs take turns through the addresses of its pool.</p>
        {mayWrite && routing.data && (
          <div class="actions">
            {(['provider', 'pool', 'target'] as const).map((kind) => (
              <button key={kind} type="button" onClick={() => setAsked(kind)}>
                New {kind}
              </button>
            ))}
          </div>
        )}
      </header>
      {routing.error && <ErrorNote error={routing.error} retry={() => void routing.refetch()} />}
      {!routing.data && !routing.error && <Busy label="Asking for the routing" />}
      {routing.data && (
        <>
          <Beginning routing={routing.data} mayWrite={mayWrite} />
          <Picture routing={routing.data} queues={queues.data ?? noCounts} />
          <OpenDrawer route={route} routing={routing.data} />
          {asked !== null && <NewDialog kind={asked} routing={routing.data} onClose={() => setAsked(null)} />}
        </>
      )}
    </>
  );
}
