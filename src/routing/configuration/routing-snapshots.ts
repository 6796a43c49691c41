import type { Clock } from '../../platform/clock.ts';
import type { ProxyEndpoint } from '../../platform/net/proxy-endpoint.ts';
import { compilePattern, MAX_PATTERN_INPUT_CHARACTERS, type Pattern } from '../../platform/pattern.ts';
import { type RotorConfiguration, rotorConfigurationOf } from './configuration.model.ts';
import type { ConfigurationStore } from './configuration.store.ts';
import type { ResolvedIp, RoutingConfiguration, RoutingTarget } from './configuration.types.ts';
import { isKnownTo, type ProviderEndpoints } from './provider-endpoints.ts';

/** A change is seen by every isolate within this time; while nothing changes it costs one row read for each of them. */
export const SNAPSHOT_FRESH_MS = 500;

export interface SnapshotTarget {
  definition: RoutingTarget;
  /** `definition.regex`, compiled. */
  pattern: Pattern;
  /** What its Rotor must know: give it this when it says that it is outdated. */
  configuration: RotorConfiguration;
  /** Some provider of its pool follows the inventory. */
  followsInventory: boolean;
}

/** What forwarding works by: all targets at one revision. */
export interface RoutingSnapshot {
  revision: number;
  /** In the order in which they are tried. */
  targets: readonly SnapshotTarget[];
  /** Whom to dial for an address that the Rotor gave; null when it can't be: as a proxy that does not answer. */
  endpointOf(ip: ResolvedIp): Promise<ProxyEndpoint | null>;
}

export interface FoundTarget {
  snapshot: RoutingSnapshot;
  target: SnapshotTarget | undefined;
}

/** What is the same for every caller. */
interface CachedSnapshot {
  configuration: RoutingConfiguration;
  targets: readonly SnapshotTarget[];
}

export interface SnapshotCache {
  latest: CachedSnapshot | null;
  freshUntilMs: number;
  /** Changes that were made in this isolate: what was read before one is not fresh. */
  changes: number;
}

/** One for each isolate: a cache, never a fact. */
export function createSnapshotCache(): SnapshotCache {
  return { latest: null, freshUntilMs: 0, changes: 0 };
}

/** Of a stored pattern that a newer compiler refuses: the target matches nothing until it is mended. */
const MATCHES_NOTHING: Pattern = {
  maxCharacters: MAX_PATTERN_INPUT_CHARACTERS,
  isFoundIn: () => false,
  startIn: () => null,
};

function followsInventory({ pools, providers }: RoutingConfiguration, { poolName }: RoutingTarget): boolean {
  const requests = pools.get(poolName)?.ipRequests ?? [];
  return requests.some(({ provider }) => (providers.get(provider)?.inventory ?? null) !== null);
}

function snapshotOf(configuration: RoutingConfiguration): CachedSnapshot {
  const targets = [...configuration.targets.values()].map((definition) => {
    const compiled = compilePattern(definition.regex);
    return {
      definition,
      pattern: compiled.ok ? compiled.pattern : MATCHES_NOTHING,
      configuration: rotorConfigurationOf(configuration, definition),
      followsInventory: followsInventory(configuration, definition),
    };
  });
  return { configuration, targets };
}

interface Dependencies {
  store: Pick<ConfigurationStore, 'read' | 'revision'>;
  endpoints: ProviderEndpoints;
  clock: Clock;
  cache: SnapshotCache;
}

export function createRoutingSnapshots({ store, endpoints, clock, cache }: Dependencies) {
  async function read(): Promise<CachedSnapshot> {
    const askedAtMs = clock.nowMs();
    const { latest: known, changes } = cache;
    const isCurrent = known !== null && (await store.revision()) === known.configuration.revision;
    const found = isCurrent ? known : snapshotOf(await store.read());
    // Another caller may have seen more meanwhile: nobody goes back.
    if (cache.latest && cache.latest.configuration.revision > found.configuration.revision) return cache.latest;
    cache.latest = found;
    if (changes === cache.changes) cache.freshUntilMs = askedAtMs + SNAPSHOT_FRESH_MS;
    return found;
  }

  const toSnapshot = ({ configuration, targets }: CachedSnapshot): RoutingSnapshot => ({
    revision: configuration.revision,
    targets,
    async endpointOf(ip) {
      // A Rotor may have heard of a change that this is older than.
      const known = isKnownTo(configuration, ip) ? configuration : (await read()).configuration;
      return endpoints.endpointOf(known, ip);
    },
  });

  async function current(): Promise<RoutingSnapshot> {
    const isFresh = cache.latest !== null && clock.nowMs() < cache.freshUntilMs;
    return toSnapshot(isFresh && cache.latest ? cache.latest : await read());
  }

  return {
    /** All targets, at most SNAPSHOT_FRESH_MS old; none older than the last change that was made in this isolate. */
    current,

    /** The first target that is wanted, with the snapshot that has it. One that seems not to be there is looked for anew. */
    async find(isWanted: (target: SnapshotTarget) => boolean): Promise<FoundTarget> {
      const first = await current();
      const target = first.targets.find(isWanted);
      if (target) return { snapshot: first, target };
      const snapshot = toSnapshot(await read());
      return { snapshot, target: snapshot.targets.find(isWanted) };
    },

    /** To be told of each change that was made here: the next caller sees it. */
    expire(): void {
      cache.changes += 1;
      cache.freshUntilMs = 0;
    },
  };
}

export type RoutingSnapshots = ReturnType<typeof createRoutingSnapshots>;
