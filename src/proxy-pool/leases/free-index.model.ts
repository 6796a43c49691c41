import { createSortedList, type SortedList } from '../../platform/collections/sorted-list.model.ts';
import type { BookProxy } from './book-proxy.model.ts';
import type { LeaseFilters } from './lease-book.types.ts';

/** All proxies of one protocol, country and anonymity. */
interface Group {
  free: SortedList<BookProxy>;
  /** The free ones again, in the other orders. */
  fastest: Shelves;
  leastUsed: Shelves;
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

/** Proxies whose latency nobody knows come last. */
const UNKNOWN_LATENCY_MS = Number.MAX_SAFE_INTEGER;

/** Lowest latency first, then by merit. */
export function compareByLatency(left: BookProxy, right: BookProxy): number {
  const difference = (left.latencyMs ?? UNKNOWN_LATENCY_MS) - (right.latencyMs ?? UNKNOWN_LATENCY_MS);
  return difference || compareByMerit(left, right);
}

/** Longest unused first, the never used before all, then by merit. */
export function compareByUse(left: BookProxy, right: BookProxy): number {
  return left.leaseSequence - right.leaseSequence || compareByMerit(left, right);
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
    proxy.scoreHundredths >= requiredHundredths(filters.minScore) &&
    !isExcluded(proxy, filters)
  );
}

function isExcluded(proxy: BookProxy, { exclude }: LeaseFilters): boolean {
  return exclude?.includes(proxy.id) ?? false;
}

/** Which leasable proxies are free and which are leased, so that the best match is found without looking at all. */
export interface FreeIndex {
  readonly freeCount: number;
  readonly leasedCount: number;
  /** Files a leasable proxy under free or leased, as its `lease` says. Take it out before changing it. */
  add(proxy: BookProxy): void;
  remove(proxy: BookProxy): void;
  /** The free match that the filters prefer. */
  best(filters: LeaseFilters): BookProxy | null;
  /** The best free matches, best first. */
  bestMany(filters: LeaseFilters, maxProxies: number): BookProxy[];
  /** When the earliest lease on a match ends; null when no leased proxy matches. */
  earliestEndMs(filters: LeaseFilters): number | null;
}

type Nested = Map<string, Map<string | null, Map<string | null, Group>>>;

/**
 * A sorted list for each score: the first of all from a score up is one of a hundred heads, however many lie below it.
 */
interface Shelves {
  add(proxy: BookProxy): void;
  remove(proxy: BookProxy): void;
  /** The first of each shelf from a score up that the filters don't exclude. */
  heads(hundredths: number, filters: LeaseFilters): Generator<BookProxy>;
}

function firstAllowed(list: SortedList<BookProxy>, filters: LeaseFilters): BookProxy | undefined {
  if (!filters.exclude?.length) return list.first();
  for (const proxy of list.values()) if (!isExcluded(proxy, filters)) return proxy;
  return undefined;
}

function createShelves(compare: (left: BookProxy, right: BookProxy) => number): Shelves {
  const byScore = new Map<number, SortedList<BookProxy>>();
  return {
    add(proxy) {
      const shelf = byScore.get(proxy.scoreHundredths) ?? createSortedList(compare);
      byScore.set(proxy.scoreHundredths, shelf);
      shelf.add(proxy);
    },
    remove(proxy) {
      const shelf = byScore.get(proxy.scoreHundredths);
      shelf?.remove(proxy);
      if (shelf?.size === 0) byScore.delete(proxy.scoreHundredths);
    },
    *heads(hundredths, filters) {
      for (const [score, shelf] of byScore) {
        const head = score >= hundredths ? firstAllowed(shelf, filters) : undefined;
        if (head) yield head;
      }
    },
  };
}

function createGroup(): Group {
  return {
    free: createSortedList(compareByMerit),
    fastest: createShelves(compareByLatency),
    leastUsed: createShelves(compareByUse),
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

/** The free matches of a group that may be the first in the order that the filters prefer. */
function* candidates(group: Group, hundredths: number, filters: LeaseFilters): Generator<BookProxy> {
  if (filters.prefer === 'fastest') yield* group.fastest.heads(hundredths, filters);
  else if (filters.prefer === 'least_used') yield* group.leastUsed.heads(hundredths, filters);
  else {
    const first = firstAllowed(group.free, filters);
    if (first && first.scoreHundredths >= hundredths) yield first;
  }
}

const comparisons = { best: compareByMerit, fastest: compareByLatency, least_used: compareByUse } as const;

function hasLeasedFrom(group: Group, hundredths: number): boolean {
  for (let score = 100; score >= hundredths; score -= 1) {
    if ((group.leasedByScore[score] ?? 0) > 0) return true;
  }
  return false;
}

/** Any free match, each as likely as the others; next to an excluded one a little likelier. */
function anyMatch(groups: readonly Group[], filters: LeaseFilters, random: () => number): BookProxy | null {
  const hundredths = requiredHundredths(filters.minScore);
  const counts = groups.map(({ free }) => free.countBefore((proxy) => proxy.scoreHundredths >= hundredths));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const start = Math.floor(random() * total);
  // As many steps as there are excluded ones lead past all of them.
  for (let step = 0; step < Math.min(total, (filters.exclude?.length ?? 0) + 1); step += 1) {
    let place = (start + step) % total;
    const inGroup = counts.findIndex((count) => {
      if (place < count) return true;
      place -= count;
      return false;
    });
    const proxy = groups[inGroup]?.free.at(place);
    if (proxy && !isExcluded(proxy, filters)) return proxy;
  }
  return null;
}

/** The best free matches of all groups, best first. */
function bestOf(groups: Iterable<Group>, filters: LeaseFilters, maxProxies: number): BookProxy[] {
  const hundredths = requiredHundredths(filters.minScore);
  // Each group is in order of merit: no more than its first ones can be among the best of all.
  const found: BookProxy[] = [];
  for (const group of groups) {
    let left = maxProxies;
    for (const proxy of group.free.values()) {
      if (left <= 0 || proxy.scoreHundredths < hundredths) break;
      found.push(proxy);
      left -= 1;
    }
  }
  return found.sort(compareByMerit).slice(0, maxProxies);
}

/** `random`: 0 ≤ x < 1, for those who prefer any. */
export function createFreeIndex(random: () => number = Math.random): FreeIndex {
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
        for (const order of [group.free, group.fastest, group.leastUsed]) order.add(proxy);
        freeCount += 1;
      } else {
        group.leased.add(proxy);
        countLeased(group, proxy, 1);
      }
    },
    remove(proxy) {
      const group = groupOf(groups, proxy);
      if (proxy.lease === null) {
        if (!group.free.remove(proxy)) return;
        group.fastest.remove(proxy);
        group.leastUsed.remove(proxy);
        freeCount -= 1;
      } else if (group.leased.remove(proxy)) countLeased(group, proxy, -1);
    },
    best(filters) {
      const { prefer = 'best' } = filters;
      if (prefer === 'random') return anyMatch([...matchingGroups(groups, filters)], filters, random);
      const hundredths = requiredHundredths(filters.minScore);
      const compare = comparisons[prefer];
      let best: BookProxy | null = null;
      for (const group of matchingGroups(groups, filters)) {
        for (const candidate of candidates(group, hundredths, filters)) {
          if (best === null || compare(candidate, best) < 0) best = candidate;
        }
      }
      return best;
    },
    bestMany: (filters, maxProxies) => bestOf(matchingGroups(groups, filters), filters, maxProxies),
    earliestEndMs(filters) {
      const hundredths = requiredHundredths(filters.minScore);
      let earliest: number | null = null;
      for (const group of matchingGroups(groups, filters)) {
        if (!hasLeasedFrom(group, hundredths)) continue;
        for (const proxy of group.leased.values()) {
          if (proxy.scoreHundredths < hundredths || isExcluded(proxy, filters)) continue;
          const endMs = proxy.lease?.expiresAtMs ?? 0;
          if (earliest === null || endMs < earliest) earliest = endMs;
          break;
        }
      }
      return earliest;
    },
  };
}
