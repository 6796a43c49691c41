import { mayWaitForOthers } from '../platform/across-requests.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { AddressPolicy } from '../platform/net/public-url.ts';
import type { SecretBox } from '../platform/secrets.ts';
import type { LeaseBookClient } from '../proxy-pool/leases/lease-book.client.ts';
import type { PoolsService } from '../proxy-pool/pools/pools.service.ts';
import { createConfigurationService } from './configuration/configuration.service.ts';
import { createConfigurationStore } from './configuration/configuration.store.ts';
import { createPreparedChanges } from './configuration/prepared-changes.ts';
import { createProviderEndpoints, type NameCache } from './configuration/provider-endpoints.ts';
import { createRotorSync } from './configuration/rotor-sync.ts';
import { createRoutingSnapshots, createSnapshotCache } from './configuration/routing-snapshots.ts';
import { createEgress } from './forward/egress.ts';
import { createForwarder, type ForwarderDependencies } from './forward/forward.service.ts';
import { createJointCheckouts, createOpenAsking } from './forward/joint-checkouts.ts';
import { type BufferedReports, createRotorReports } from './forward/rotor-reports.ts';
import { createRootValue, type GraphqlCall } from './graphql/resolvers.ts';
import { createInventoryStore } from './inventory/inventory.store.ts';
import { createInventoryFacts } from './inventory/inventory-facts.ts';
import { createInventoryFollower } from './inventory/inventory-follower.ts';
import { createPromptFollower } from './inventory/prompt-follower.ts';
import { createMetricsService } from './metrics/metrics.service.ts';

/** What outlives a request in an isolate: caches, and what is under way; never a fact. */
const snapshotCache = createSnapshotCache();
const nameCache: NameCache = new Map();
const bufferedReports: BufferedReports = new Map();
const openAsking = createOpenAsking();
const inventoryLooks = { nextAtMs: 0 };

interface Dependencies extends Pick<ForwarderDependencies, 'rotorOf' | 'dialer' | 'waitUntil' | 'requestLog' | 'gate'> {
  database: Database;
  secretBox: SecretBox;
  policy: AddressPolicy;
  clock: Clock;
  logger: Logger;
  pools: Pick<PoolsService, 'listPools'>;
  bookOf: (poolNumber: number) => Pick<LeaseBookClient, 'hold' | 'standings'>;
}

/** Puts the parts of routing together: definitions in D1, who changes and hears of them, and who forwards by them. */
export function createRouting({
  database,
  secretBox,
  policy,
  clock,
  logger,
  pools,
  bookOf,
  ...forwarding
}: Dependencies) {
  const { rotorOf } = forwarding;
  const store = createConfigurationStore(database);
  const endpoints = createProviderEndpoints({ secretBox, policy, clock, cache: nameCache });
  const rotorSync = createRotorSync({ store, rotorOf, logger });
  const inventoryFacts = createInventoryFacts({
    store: createInventoryStore(database),
    standingsOf: (poolNumber, proxyIds) => bookOf(poolNumber).standings(proxyIds),
  });
  const routingSnapshots = createRoutingSnapshots({ store, endpoints, clock, cache: snapshotCache });
  const configurations = createConfigurationService({
    database,
    store,
    rotors: rotorSync,
    inventoryFacts,
    clock,
    onChanged: routingSnapshots.expire,
  });
  const inventoryFollower = createInventoryFollower({
    configurations,
    facts: inventoryFacts,
    poolNumbers: async () => (await pools.listPools()).map(({ number }) => number),
    hold: (poolNumber, request) => bookOf(poolNumber).hold(request),
    pendingTargets: store.pending,
    statesOf: (targetName) => rotorOf(targetName).states(),
  });
  const { follow } = inventoryFollower;
  const promptFollower = createPromptFollower({ follow, clock, logger, looks: inventoryLooks });
  const changes = createPreparedChanges({ policy, secretBox });
  const { allowPrivateNetworks } = policy;
  const reports = createRotorReports({ ...forwarding, buffered: bufferedReports, clock, logger });
  const jointCheckouts = createJointCheckouts({
    ...forwarding,
    open: openAsking,
    mayWaitForOthers,
    reports,
    clock,
    logger,
  });
  const way = { ...forwarding, snapshots: routingSnapshots, reports, jointCheckouts, promptFollower, clock };
  return {
    rotorSync,
    inventoryFollower,
    routingConfigurations: configurations,
    routingSnapshots,
    routingMetrics: createMetricsService({ snapshots: routingSnapshots, rotorOf: forwarding.rotorOf }),
    egress: createEgress(way),
    forwarding: createForwarder({ ...way, allowPrivateNetworks }),
    /** The root fields of the GraphQL schema for one request. */
    graphqlRootValue: (call: GraphqlCall) =>
      createRootValue({ configurations, changes, rotorOf, followInventory: promptFollower.now }, call),
  };
}
