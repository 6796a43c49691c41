import { env } from 'cloudflare:workers';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createConfigurationStore } from '../../../src/routing/configuration/configuration.store.ts';
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

interface Definitions {
  providers?: readonly RoutingProvider[];
  pools?: readonly IpPool[];
  targets?: readonly RoutingTarget[];
}

/** A configuration with these put in, or in the place of those of the same name. */
export function withDefinitions(
  { revision, ...before }: RoutingConfiguration,
  { providers = [], pools = [], targets = [] }: Definitions,
): RoutingConfiguration {
  const put = <Row extends { name: string }>(rows: ReadonlyMap<string, Row>, more: readonly Row[]) =>
    new Map([...rows, ...more.map((row) => [row.name, row] as const)]);
  return {
    revision,
    providers: put(before.providers, providers),
    pools: put(before.pools, pools),
    targets: put(before.targets, targets),
  };
}

/** Stores a change of what is there now. */
export async function store(definitions: Definitions): Promise<void> {
  const database = createDatabase(env.DB);
  const configurations = createConfigurationStore(database);
  const before = await configurations.read();
  await database.batch(configurations.writes(before, withDefinitions(before, definitions)));
}
