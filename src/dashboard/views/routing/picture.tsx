import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { PoolView, ProviderView, Routing, TargetView } from '../../api/routing-types.ts';
import { hashOf } from '../../app/route.model.ts';
import { formatNoun } from '../../parts/format.model.ts';
import { Lines } from './lines.tsx';
import { linksOf, nodeOf, type QueueCounts } from './picture.model.ts';
import { QueueBar } from './target-queue.tsx';

function Node({ kind, name, children }: { kind: keyof typeof nodeOf; name: string; children: ComponentChildren }) {
  return (
    <li class="node" data-node={nodeOf[kind](name)}>
      <a href={hashOf('routing', [kind, name])}>
        <strong>{name}</strong>
      </a>
      {children}
    </li>
  );
}

function ProviderNode({ provider: { name, ipList, inventory, regionTag } }: { provider: ProviderView }) {
  return (
    <Node kind="provider" name={name}>
      <p class="muted">
        {formatNoun(ipList.length, 'address', 'addresses')}
        {inventory ? ', followed' : ''} {regionTag !== null && <span class="tag">{regionTag}</span>}
      </p>
    </Node>
  );
}

function PoolNode({ pool: { name, ipRequests } }: { pool: PoolView }) {
  return (
    <Node kind="pool" name={name}>
      <p class="muted">{ipRequests.map(({ provider, count }) => `${count} of ${provider}`).join(', ')}</p>
    </Node>
  );
}

function TargetNode({ target, counts }: { target: TargetView; counts: QueueCounts | undefined }) {
  const { name, poolName, regex } = target;
  return (
    <Node kind="target" name={name}>
      <p class="muted">
        through {poolName}: <code>{regex}</code>
      </p>
      {counts && <QueueBar label={`Addresses of ${name}`} counts={counts} />}
    </Node>
  );
}

interface PictureProps {
  routing: Routing;
  queues: ReadonlyMap<string, QueueCounts>;
}

/** Providers, the pools that draw from them, and the targets that go through those. */
export function Picture({ routing, queues }: PictureProps) {
  const place = useRef<HTMLDivElement>(null);
  const links = useMemo(() => linksOf(routing), [routing]);
  return (
    <div class="picture" ref={place}>
      <Lines picture={place} links={links} />
      <section aria-labelledby="routing-providers">
        <h2 id="routing-providers">Providers</h2>
        <ul>
          {routing.providers.map((provider) => (
            <ProviderNode key={provider.name} provider={provider} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="routing-pools">
        <h2 id="routing-pools">Pools</h2>
        <ul>
          {routing.pools.map((pool) => (
            <PoolNode key={pool.name} pool={pool} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="routing-targets">
        <h2 id="routing-targets">Targets</h2>
        <ul>
          {routing.targets.map((target) => (
            <TargetNode key={target.name} target={target} counts={queues.get(target.name)} />
          ))}
        </ul>
      </section>
    </div>
  );
}
