import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import type { AddressPolicy } from '../platform/net/public-url.ts';
import type { SecretBox } from '../platform/secrets.ts';
import { createConfigurationStore } from './configuration/configuration.store.ts';
import { createProviderEndpoints, type NameCache } from './configuration/provider-endpoints.ts';
import { createRoutingSnapshots, createSnapshotCache } from './configuration/routing-snapshots.ts';

/** What outlives a request in an isolate: caches only, never a fact. */
const snapshotCache = createSnapshotCache();
const nameCache: NameCache = new Map();

interface Dependencies {
  database: Database;
  secretBox: SecretBox;
  policy: AddressPolicy;
  clock: Clock;
}

/** Puts the parts of routing together: definitions in D1, and what forwarding reads of them. */
export function createRouting({ database, secretBox, policy, clock }: Dependencies) {
  const store = createConfigurationStore(database);
  const endpoints = createProviderEndpoints({ secretBox, policy, clock, cache: nameCache });
  return {
    routingSnapshots: createRoutingSnapshots({ store, endpoints, clock, cache: snapshotCache }),
  };
}
