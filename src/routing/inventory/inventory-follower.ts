import { AppError } from '../../platform/errors/app-error.ts';
import type { HoldRequest, HoldResult } from '../../proxy-pool/leases/lease-book.types.ts';
import type { Change } from '../configuration/changes.model.ts';
import type { PendingTarget } from '../configuration/configuration.store.ts';
import type { RoutingConfiguration } from '../configuration/configuration.types.ts';
import type { TargetIpState } from '../rotation/rotation.types.ts';
import { choose, type FollowFacts, type KeptByBooks, listsFor, looseHolds, same, settle } from './holds.model.ts';
import type { InventoryFacts } from './inventory-facts.ts';

/** Runs of one call: a proxy that was leased a moment before its book was asked has another tried in its place. */
export const MAX_FOLLOW_ROUNDS = 3;
/** Objects asked at once: below the platform's six connections of an invocation. */
const MAX_PARALLEL_OBJECTS = 5;

interface Dependencies {
  configurations: { read(): Promise<RoutingConfiguration>; apply(change: Change): Promise<unknown> };
  facts: InventoryFacts;
  /** Of all lease books. */
  poolNumbers(): Promise<number[]>;
  hold(poolNumber: number, request: HoldRequest): Promise<HoldResult>;
  /** Targets of these names whose Rotor has yet to hear of a change. */
  pendingTargets(names: readonly string[]): Promise<PendingTarget[]>;
  statesOf(targetName: string): Promise<TargetIpState[]>;
}

/** What an object out of reach would have said is not known; the next run asks again. */
async function unlessAway<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

async function inParallel<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += MAX_PARALLEL_OBJECTS) {
    results.push(...(await Promise.all(items.slice(start, start + MAX_PARALLEL_OBJECTS).map(work))));
  }
  return results;
}

/** Keeps the providers that follow the inventory, and the lease books that keep proxies for them, in step. */
export function createInventoryFollower(dependencies: Dependencies) {
  const { configurations, facts, poolNumbers, hold, pendingTargets, statesOf } = dependencies;

  /** The addresses that a target's Rotor may still use; null while it has not heard of the newest change, or is away. */
  async function usedBy(targetName: string, unheard: ReadonlySet<string>): Promise<Set<string> | null> {
    if (unheard.has(targetName)) return null;
    const states = await unlessAway(statesOf(targetName));
    return states && new Set(states.flatMap((ip) => (ip.isDraining && ip.state !== 'IN_USE' ? [] : ip.address)));
  }

  /** Holds on their way out on which no target has a request, by proxy. */
  async function drainedHolds(configuration: RoutingConfiguration): Promise<FollowFacts['drained']> {
    const leaving = looseHolds(configuration).filter(({ draining }) => draining.length > 0);
    const names = [...new Set(leaving.flatMap(({ draining }) => draining))];
    if (names.length === 0) return new Map();
    const unheard = new Set((await pendingTargets(names)).map(({ targetName }) => targetName));
    const asked = await inParallel(names, async (name) => [name, await usedBy(name, unheard)] as const);
    const used = new Map(asked);
    const isDone = (name: string, address: string) => used.get(name)?.has(address) === false;
    return new Map(
      leaving
        .filter(({ draining, address }) => draining.every((name) => isDone(name, address)))
        .map((hold) => [hold.proxyId, hold]),
    );
  }

  /** Gives each lease book its list, the empty ones too: a crash may have kept the last change from a book. */
  async function tellBooks(configuration: RoutingConfiguration): Promise<KeptByBooks> {
    const { revision } = configuration;
    const lists = [...listsFor(configuration, await poolNumbers())];
    const answers = await inParallel(lists, async ([poolNumber, proxyIds]) => {
      return [poolNumber, await unlessAway(hold(poolNumber, { revision, proxyIds }))] as const;
    });
    const kept = answers.flatMap(([poolNumber, answer]) =>
      answer?.ok ? [[poolNumber, new Set(answer.held)] as const] : [],
    );
    return { revision, pools: new Map(kept) };
  }

  async function applyIfNew(before: RoutingConfiguration, change: Change): Promise<RoutingConfiguration> {
    if (change(before) === before) return before;
    await configurations.apply(change);
    return configurations.read();
  }

  return {
    /** Has providers lose what fails, and get what is good and free; returns how many have others than before. */
    async follow(): Promise<number> {
      const first = await configurations.read();
      let now = first;
      for (let round = 0; round < MAX_FOLLOW_ROUNDS; round += 1) {
        const known = { providers: await facts.gather(now), drained: await drainedHolds(now) };
        const before = await applyIfNew(now, choose(known));
        now = await applyIfNew(before, settle(known, await tellBooks(before)));
        const isRefused = [...before.holds.keys()].some((proxyId) => !now.holds.has(proxyId));
        if (!isRefused) break;
      }
      const providers = [...now.providers.values()];
      return providers.filter(({ name, members }) => !same(members, first.providers.get(name)?.members)).length;
    },
  };
}

export type InventoryFollower = ReturnType<typeof createInventoryFollower>;
