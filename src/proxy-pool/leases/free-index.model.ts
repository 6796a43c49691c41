import type { BookProxy } from './book-proxy.model.ts';
import type { LeaseFilters } from './lease-book.types.ts';
import { createSortedList, type SortedList } from './sorted-list.model.ts';

/** All proxies of one protocol, country and anonymity. */
interface Group {
  free: SortedList<BookProxy>;
  leased: SortedList<BookProxy>;
  /** How many leased ones have each score, 0 to 100 hundredths: whether one is good enough needs no search. */
  leasedByScore: Uint32Array;
}

/** Best score first, then least recently leased, then by id. */
export function compareByMerit(left: BookProxy, right: BookProxy): number {
  return (
    right.scoreHundredths - left.scoreHundredths ||
    left.leaseSequence - right.leaseSequence ||
    (left.id < right.id ? -1 : Number(left.id > right.id))
  );
}

/** Lease that ends first, first. Proxies without a lease are not comparable so. */
export function compareByExpiry(left: BookProxy, right: BookProxy): number {
  return (
    (left.lease?.expiresAtMs ?? 0) - (right.lease?.expiresAtMs ?? 0) ||
    left.leaseSequence - right.leaseSequence ||
    (left.id < right.id ? -1 : Number(left.id > right.id))
  );
}

/** The hundredths that a proxy's score must reach. */
export function requiredHundredths(minScore: number | null): number {
  // 0.07 · 100 is 7.000000000000001: what a caller means is 7.
  return minScore === null ? 0 : Math.ceil(minScore * 100 - 1e-9);
}

export function matchesFilters(proxy: BookProxy, filters: LeaseFilters): boolean {
  return (
    (filters.protocol === null || filters.protocol === proxy.protocol) &&
    (filters.country === null || filters.country === proxy.country) &&
    (filters.anonymity === null || filters.anonymity === proxy.anonymity) &&
    proxy.scoreHundredths >= requiredHundredths(filters.minScore)
  );
}

/** Which leasable proxies are free and which are leased, so that the best match is found without looking at all. */
export interface FreeIndex {
  readonly freeCount: number;
  readonly leasedCount: number;
  /** Files a leasable proxy under free or leased, as its `lease` says. Take it out before changing it. */
  add(proxy: BookProxy): void;
  remove(proxy: BookProxy): void;
  /** The best free match. */
  best(filters: LeaseFilters): BookProxy | null;
  /** When the earliest lease on a match ends; null when no leased proxy matches. */
  earliestEndMs(filters: LeaseFilters): number | null;
}

type Nested = Map<string, Map<string | null, Map<string | null, Group>>>;

function createGroup(): Group {
  return {
    free: createSortedList(compareByMerit),
    leased: createSortedList(compareByExpiry),
    leasedByScore: new Uint32Array(101),
  };
}

function groupOf(groups: Nested, proxy: BookProxy): Group {
  const byCountry = groups.get(proxy.protocol) ?? new Map<string | null, Map<string | null, Group>>();
  groups.set(proxy.protocol, byCountry);
  const byAnonymity = byCountry.get(proxy.country) ?? new Map<string | null, Group>();
  byCountry.set(proxy.country, byAnonymity);
  const group = byAnonymity.get(proxy.anonymity) ?? createGroup();
  byAnonymity.set(proxy.anonymity, group);
  return group;
}

/** The values of a map at one key, or all of them without a filter. */
function select<Key, Value>(map: ReadonlyMap<Key, Value>, filter: Key | null): Iterable<Value> {
  if (filter === null) return map.values();
  const value = map.get(filter);
  return value === undefined ? [] : [value];
}

function* matchingGroups(groups: Nested, filters: LeaseFilters): Generator<Group> {
  for (const byCountry of select(groups, filters.protocol)) {
    for (const byAnonymity of select(byCountry, filters.country)) yield* select(byAnonymity, filters.anonymity);
  }
}

function hasLeasedFrom(group: Group, hundredths: number): boolean {
  for (let score = 100; score >= hundredths; score -= 1) {
    if ((group.leasedByScore[score] ?? 0) > 0) return true;
  }
  return false;
}

export function createFreeIndex(): FreeIndex {
  const groups: Nested = new Map();
  let freeCount = 0;
  let leasedCount = 0;

  const countLeased = (group: Group, proxy: BookProxy, difference: 1 | -1): void => {
    leasedCount += difference;
    group.leasedByScore[proxy.scoreHundredths] = (group.leasedByScore[proxy.scoreHundredths] ?? 0) + difference;
  };

  return {
    get freeCount() {
      return freeCount;
    },
    get leasedCount() {
      return leasedCount;
    },
    add(proxy) {
      const group = groupOf(groups, proxy);
      if (proxy.lease === null) {
        group.free.add(proxy);
        freeCount += 1;
      } else {
        group.leased.add(proxy);
        countLeased(group, proxy, 1);
      }
    },
    remove(proxy) {
      const group = groupOf(groups, proxy);
      if (proxy.lease === null) {
        if (group.free.remove(proxy)) freeCount -= 1;
      } else if (group.leased.remove(proxy)) countLeased(group, proxy, -1);
    },
    best(filters) {
      const hundredths = requiredHundredths(filters.minScore);
      let best: BookProxy | null = null;
      for (const group of matchingGroups(groups, filters)) {
        const first = group.free.first();
        if (first === undefined || first.scoreHundredths < hundredths) continue;
        if (best === null || compareByMerit(first, best) < 0) best = first;
      }
      return best;
    },
    earliestEndMs(filters) {
      const hundredths = requiredHundredths(filters.minScore);
      let earliest: number | null = null;
      for (const group of matchingGroups(groups, filters)) {
        if (!hasLeasedFrom(group, hundredths)) continue;
        for (const proxy of group.leased.values()) {
          if (proxy.scoreHundredths < hundredths) continue;
          const endMs = proxy.lease?.expiresAtMs ?? 0;
          if (earliest === null || endMs < earliest) earliest = endMs;
          break;
        }
      }
      return earliest;
    },
  };
}
