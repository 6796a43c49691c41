import type { Clock } from '../../platform/clock.ts';
import type { ProxyEndpoint } from '../../platform/net/proxy-endpoint.ts';
import { compilePattern, type Pattern } from '../../platform/pattern.ts';
import { type RotorConfiguration, rotorConfigurationOf } from './configuration.model.ts';
import type { ConfigurationStore } from './configuration.store.ts';
import type { ResolvedIp, RoutingConfiguration, RoutingTarget } from './configuration.types.ts';
import type { ProviderEndpoints } from './provider-endpoints.ts';

/** A change is seen by every isolate within this time; while nothing changes it costs one row read for each of them. */
export const SNAPSHOT_FRESH_MS = 500;

export interface SnapshotTarget {
  definition: RoutingTarget;
  /** `definition.regex`, compiled. */
  pattern: Pattern;
  /** What its Rotor must know: give it this when it says that it is outdated. */
  configuration: RotorConfiguration;
}

/** What forwarding works by: all targets at one revision. */
export interface RoutingSnapshot {
  revision: number;
  /** In the order in which they are tried. */
  targets: readonly SnapshotTarget[];
  /** Whom to dial for an address that the Rotor gave; null when it can't be: as a proxy that does not answer. */
  endpointOf(ip: ResolvedIp): Promise<ProxyEndpoint | null>;
}

/** What is the same for every caller. */
interface CachedSnapshot {
  configuration: RoutingConfiguration;
  targets: readonly SnapshotTarget[];
}

export interface SnapshotCache {
  latest: CachedSnapshot | null;
  freshUntilMs: number;
}

/** One for each isolate: a cache, never a fact. */
export function createSnapshotCache(): SnapshotCache {
  return { latest: null, freshUntilMs: 0 };
}

/** Of a stored pattern that a newer compiler refuses: the target matches nothing until it is mended. */
const MATCHES_NOTHING: Pattern = { isFoundIn: () => false, startIn: () => null };

function snapshotOf(configuration: RoutingConfiguration): CachedSnapshot {
  const targets = [...configuration.targets.values()].map((definition) => {
    const compiled = compilePattern(definition.regex);
    return {
      definition,
      pattern: compiled.ok ? compiled.pattern : MATCHES_NOTHING,
      configuration: rotorConfigurationOf(configuration, definition),
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
  async function latest(): Promise<CachedSnapshot> {
    const askedAtMs = clock.nowMs();
    const known = cache.latest;
    if (known && askedAtMs < cache.freshUntilMs) return known;
    const isCurrent = known !== null && (await store.revision()) === known.configuration.revision;
    const read = isCurrent ? known : snapshotOf(await store.read());
    // Another caller may have seen more meanwhile: nobody goes back.
    if (cache.latest && cache.latest.configuration.revision > read.configuration.revision) return cache.latest;
    cache.latest = read;
    cache.freshUntilMs = askedAtMs + SNAPSHOT_FRESH_MS;
    return read;
  }

  return {
    /** All targets, at most SNAPSHOT_FRESH_MS old. */
    async current(): Promise<RoutingSnapshot> {
      const { configuration, targets } = await latest();
      return {
        revision: configuration.revision,
        targets,
        endpointOf: (ip) => endpoints.endpointOf(configuration, ip),
      };
    },
  };
}

export type RoutingSnapshots = ReturnType<typeof createRoutingSnapshots>;
