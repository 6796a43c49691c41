import type {
  IpPool,
  RoutingConfiguration,
  RoutingProvider,
  RoutingTarget,
} from '../../../src/routing/configuration/configuration.types.ts';

export function provider(name: string, ipList: readonly string[]): RoutingProvider {
  const nothing = { inventory: null, members: [], regionTag: null, username: null, passwordSealed: null };
  return { name, ipList, ...nothing, isMutable: true, createdRevision: 1 };
}

export function pool(name: string, ...ipRequests: [provider: string, count: number][]): IpPool {
  const requests = ipRequests.map(([of, count]) => ({ provider: of, count }));
  return { name, ipRequests: requests, isMutable: true, createdRevision: 1 };
}

export function target(name: string, poolName: string): RoutingTarget {
  return {
    name,
    regex: 'example\\.com',
    poolName,
    minRequestIntervalMs: 1_000,
    maxQueueWaitMs: 30_000,
    numRetries: 3,
    ipFailuresUntilQuarantine: 5,
    quarantineTimeMs: 120_000,
    allowedRoles: null,
    isMutable: true,
    createdRevision: 1,
    revision: 0,
  };
}

export interface Definitions {
  providers?: readonly RoutingProvider[];
  pools?: readonly IpPool[];
  targets?: readonly RoutingTarget[];
}

/** A configuration with these put in, or in the place of those of the same name. */
export function withDefinitions(
  { revision, holds, ...before }: RoutingConfiguration,
  { providers = [], pools = [], targets = [] }: Definitions,
): RoutingConfiguration {
  const put = <Row extends { name: string }>(rows: ReadonlyMap<string, Row>, more: readonly Row[]) =>
    new Map([...rows, ...more.map((row) => [row.name, row] as const)]);
  return {
    revision,
    holds,
    providers: put(before.providers, providers),
    pools: put(before.pools, pools),
    targets: put(before.targets, targets),
  };
}
