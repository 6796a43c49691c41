import { canonicalAddressOf } from './address.model.ts';
import type { ResolvedIp, RoutingConfiguration, RoutingProvider, RoutingTarget } from './configuration.types.ts';

/** What a provider has now, in order: what it lists, or what it follows. */
export function addressesOf(provider: RoutingProvider): ResolvedIp[] {
  if (provider.inventory) {
    return provider.members.map(({ address, proxyId }) => ({ address, provider: provider.name, proxyId }));
  }
  return provider.ipList.map((address) => ({ address: canonicalAddressOf(address), provider: provider.name }));
}

/** The addresses of a pool: of each request the provider's first `count`, as far as it has them; each address once. */
export function resolvePool({ pools, providers }: RoutingConfiguration, poolName: string): ResolvedIp[] {
  const resolved = new Map<string, ResolvedIp>();
  for (const { provider: name, count } of pools.get(poolName)?.ipRequests ?? []) {
    const provider = providers.get(name);
    if (!provider) continue;
    for (const ip of addressesOf(provider).slice(0, count)) {
      if (!resolved.has(ip.address)) resolved.set(ip.address, ip);
    }
  }
  return [...resolved.values()];
}

/** What the Rotor of a target works by. */
export interface RotorConfiguration
  extends Pick<
    RoutingTarget,
    | 'name'
    | 'revision'
    | 'minRequestIntervalMs'
    | 'maxQueueWaitMs'
    | 'numRetries'
    | 'ipFailuresUntilQuarantine'
    | 'quarantineTimeMs'
  > {
  ips: readonly ResolvedIp[];
}

/** The part of a target's definition, and the addresses that it has now, that its Rotor must know. */
export function rotorConfigurationOf(
  configuration: RoutingConfiguration,
  { name, revision, poolName, ...times }: RoutingTarget,
): RotorConfiguration {
  const { minRequestIntervalMs, maxQueueWaitMs, numRetries, ipFailuresUntilQuarantine, quarantineTimeMs } = times;
  return {
    name,
    revision,
    minRequestIntervalMs,
    maxQueueWaitMs,
    numRetries,
    ipFailuresUntilQuarantine,
    quarantineTimeMs,
    ips: resolvePool(configuration, poolName),
  };
}

/** True when a target is another one than before, or its pool, or any provider that the pool draws from. */
function isAffected(before: RoutingConfiguration, after: RoutingConfiguration, target: RoutingTarget): boolean {
  const was = before.targets.get(target.name);
  if (was !== target) return true;
  const pool = after.pools.get(target.poolName);
  if (pool !== before.pools.get(target.poolName)) return true;
  return (
    pool?.ipRequests.some(({ provider }) => after.providers.get(provider) !== before.providers.get(provider)) === true
  );
}

/** Names of the targets that a change reaches, in order: those that are there after it, then those that it removed. */
export function affectedTargets(before: RoutingConfiguration, after: RoutingConfiguration): string[] {
  const names = [...after.targets.values()]
    .filter((target) => isAffected(before, after, target))
    .map(({ name }) => name);
  return [...names, ...[...before.targets.keys()].filter((name) => !after.targets.has(name))];
}

/** What a change does: whom it reaches, and which addresses some target gains or loses. */
export interface ConfigurationPlan {
  targets: string[];
  /** Canonical addresses that at least one of the targets did not have, and has then; sorted, each once. */
  addedIps: string[];
  removedIps: string[];
}

export function planOf(before: RoutingConfiguration, after: RoutingConfiguration): ConfigurationPlan {
  const added = new Set<string>();
  const removed = new Set<string>();
  const targets = affectedTargets(before, after);
  const addressesIn = (configuration: RoutingConfiguration, name: string) => {
    const target = configuration.targets.get(name);
    return new Set(target ? resolvePool(configuration, target.poolName).map(({ address }) => address) : []);
  };
  for (const name of targets) {
    const had = addressesIn(before, name);
    const has = addressesIn(after, name);
    for (const address of has) if (!had.has(address)) added.add(address);
    for (const address of had) if (!has.has(address)) removed.add(address);
  }
  return { targets, addedIps: [...added].sort(), removedIps: [...removed].sort() };
}
