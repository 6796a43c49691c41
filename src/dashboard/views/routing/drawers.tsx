import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { PoolView, ProviderView, Routing, TargetView } from '../../api/routing-types.ts';
import { useMayWrite } from '../../app/role.ts';
import { Facts } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { TextField } from '../../parts/field.tsx';
import { formatNoun } from '../../parts/format.model.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { ChangeName } from './changes.model.ts';
import { PoolDialog } from './pool-dialog.tsx';
import { ProviderDialog } from './provider-dialog.tsx';
import { TargetDialog } from './target-dialog.tsx';
import { TargetQueue } from './target-queue.tsx';

interface PartDrawerProps {
  kind: 'provider' | 'pool' | 'target';
  name: string;
  isMutable: boolean;
  remove: ChangeName;
  /** The form that changes it. */
  dialog: (close: () => void) => ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}

/** What the drawers of all parts have: the buttons that change and remove it. */
function PartDrawer({ kind, name, isMutable, remove, dialog, onClose, children }: PartDrawerProps) {
  const mayWrite = useMayWrite();
  const [asked, setAsked] = useState<'change' | 'remove' | null>(null);
  const close = () => setAsked(null);
  return (
    <Drawer title={`${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${name}`} onClose={onClose}>
      {mayWrite && isMutable && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => setAsked('change')}>
            Change
          </button>
          <button type="button" class="danger" onClick={() => setAsked('remove')}>
            Remove
          </button>
        </div>
      )}
      {!isMutable && <p class="note note-warning">It is not mutable.</p>}
      {children}
      {asked === 'change' && dialog(close)}
      {asked === 'remove' && (
        <ChangeDialog
          title={`Remove ${kind} ${name}?`}
          submit="Remove it"
          done="Removed."
          change={{ name: remove, variables: { name } }}
          onClose={close}
        />
      )}
    </Drawer>
  );
}

interface DrawerProps<Part> {
  part: Part;
  routing: Routing;
  onClose: () => void;
}

export function TargetDrawer({ part: target, routing, onClose }: DrawerProps<TargetView>) {
  const command = `curl -H 'Authorization: Bearer KEY' '${location.origin}/forward/https://example.com/'`;
  return (
    <PartDrawer
      kind="target"
      name={target.name}
      isMutable={target.mutable}
      remove="removeTarget"
      dialog={(close) => <TargetDialog target={target} pools={routing.pools} onClose={close} />}
      onClose={onClose}
    >
      <TargetQueue name={target.name} />
      <section aria-label="Definition">
        <h3>Definition</h3>
        <Facts
          facts={[
            ['Matches', <code key="regex">{target.regex}</code>],
            ['Through the pool', target.poolName],
            ['An address rests', `${target.minRequestInterval} s`],
            ['A request waits', `${target.maxQueueWait} s at most`],
            ['Retries', target.numRetries],
            [
              'Quarantine',
              `${target.quarantineTime} s after ${formatNoun(target.ipFailuresUntilQuarantine, 'failure')}`,
            ],
            ['Who may', target.allowedRoles?.join(', ') ?? 'operators and admins'],
          ]}
        />
        <p class="secret">
          <code>{command}</code>
          <CopyButton text={command} what="the command" />
        </p>
      </section>
    </PartDrawer>
  );
}

export function PoolDrawer({ part: pool, routing, onClose }: DrawerProps<PoolView>) {
  const users = routing.targets.filter(({ poolName }) => poolName === pool.name).map(({ name }) => name);
  return (
    <PartDrawer
      kind="pool"
      name={pool.name}
      isMutable={pool.mutable}
      remove="removePool"
      dialog={(close) => <PoolDialog pool={pool} providers={routing.providers} onClose={close} />}
      onClose={onClose}
    >
      <Facts
        facts={[
          ...pool.ipRequests.map(({ provider, count }) => [`From ${provider}`, `${count} at most`] as const),
          ['Used by', users.join(', ') || 'no target'],
        ]}
      />
    </PartDrawer>
  );
}

/** Changes one address of a provider. */
function AddressChange({
  provider,
  address,
  onClose,
}: {
  provider: string;
  address: string | null;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const isNew = address === null;
  return (
    <ChangeDialog
      title={isNew ? `Add an address to ${provider}` : `Remove ${address}?`}
      submit={isNew ? 'Add it' : 'Remove it'}
      done={isNew ? 'Added.' : 'Removed: what runs through it may finish.'}
      change={{
        name: isNew ? 'addIpToProvider' : 'removeIpFromProvider',
        variables: { provider, address: address ?? typed.trim() },
      }}
      isReady={!isNew || typed.trim() !== ''}
      onClose={onClose}
    >
      {isNew && <TextField label="Address" placeholder="host:port" required value={typed} onValue={setTyped} />}
    </ChangeDialog>
  );
}

export function ProviderDrawer({ part: provider, onClose }: DrawerProps<ProviderView>) {
  const mayWrite = useMayWrite();
  const [asked, setAsked] = useState<{ address: string | null } | null>(null);
  const mayChange = mayWrite && provider.mutable && provider.inventory === null;
  return (
    <PartDrawer
      kind="provider"
      name={provider.name}
      isMutable={provider.mutable}
      remove="removeProvider"
      dialog={(close) => <ProviderDialog provider={provider} onClose={close} />}
      onClose={onClose}
    >
      <Facts
        facts={[
          ['Region tag', provider.regionTag ?? '–'],
          ['Login', provider.hasAuth ? 'stored, never shown' : 'none of its own'],
          ['Its proxies', provider.inventory ? 'follow the checked ones' : 'are listed below'],
        ]}
      />
      <section aria-label="Addresses">
        <div class="card-header">
          <h3>{formatNoun(provider.ipList.length, 'address', 'addresses')}</h3>
          {mayChange && (
            <button type="button" onClick={() => setAsked({ address: null })}>
              Add an address
            </button>
          )}
        </div>
        <ul class="parts">
          {provider.ipList.map((address) => (
            <li key={address} class="part">
              <code>{address}</code>
              {mayChange && (
                <button type="button" aria-label={`Remove ${address}`} onClick={() => setAsked({ address })}>
                  Remove
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      {asked && <AddressChange provider={provider.name} address={asked.address} onClose={() => setAsked(null)} />}
    </PartDrawer>
  );
}
