import type { Change } from '../configuration/changes.model.ts';
import { affectedTargets, resolvePool } from '../configuration/configuration.model.ts';
import type {
  InventoryFilter,
  InventoryHold,
  InventoryMember,
  RoutingConfiguration,
  RoutingProvider,
} from '../configuration/configuration.types.ts';

// A proxy has one user at a time: whoever leased it, or the targets of one provider. So a provider gets one in three
// steps, each of which may be the last before a crash: it is written down as a hold, its lease book confirms that it
// keeps it, it becomes a member. It goes the same way back: it is a member no more, no target has a request on it, its
// hold is deleted; then the book lets it go. What a crash leaves half done the next run takes up or gives up.

/** A proxy that a provider could have. */
export interface Candidate {
  member: InventoryMember;
  poolNumber: number;
}

/** What is known of the inventory about one provider, as long as it follows the same. */
export interface ProviderFacts {
  inventory: InventoryFilter;
  /** Those of its holds and members that are good still. */
  good: readonly Candidate[];
  /** Others, best first, that nobody had a moment ago. */
  best: readonly Candidate[];
}

export interface FollowFacts {
  providers: ReadonlyMap<string, ProviderFacts>;
  /** Holds on which no target has a request, as they were when that was found out. */
  drained: ReadonlyMap<string, InventoryHold>;
}

/** What the lease books of some pools keep, and the revision of the list that they were given. */
export interface KeptByBooks {
  revision: number;
  pools: ReadonlyMap<number, ReadonlySet<string>>;
}

export const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

function proxiesOf(configuration: RoutingConfiguration, targetName: string): Set<string> {
  const target = configuration.targets.get(targetName);
  const ips = target ? resolvePool(configuration, target.poolName) : [];
  return new Set(ips.flatMap(({ proxyId }) => proxyId ?? []));
}

/** What a change takes from a target may still carry a request there: its hold remembers the target. */
export function withDraining(before: RoutingConfiguration, after: RoutingConfiguration): RoutingConfiguration {
  if (after.holds.size === 0) return after;
  const holds = new Map(after.holds);
  for (const name of affectedTargets(before, after)) {
    const has = proxiesOf(after, name);
    for (const proxyId of proxiesOf(before, name)) {
      const hold = holds.get(proxyId);
      if (hold === undefined || has.has(proxyId) || hold.draining.includes(name)) continue;
      holds.set(proxyId, { ...hold, draining: [...hold.draining, name] });
    }
  }
  return { ...after, holds };
}

const isMember = ({ providers }: RoutingConfiguration, { provider, proxyId }: InventoryHold): boolean =>
  providers.get(provider)?.members.some((member) => member.proxyId === proxyId) === true;

/** Holds that no provider has as a member: on their way there, or on their way out. */
export function looseHolds(configuration: RoutingConfiguration): InventoryHold[] {
  return [...configuration.holds.values()].filter((hold) => !isMember(configuration, hold));
}

function withMembers(configuration: RoutingConfiguration, name: string, members: InventoryMember[]) {
  const provider = configuration.providers.get(name);
  if (!provider || same(provider.members, members)) return configuration;
  return { ...configuration, providers: new Map(configuration.providers).set(name, { ...provider, members }) };
}

/** The facts about a provider; null when it is gone, or follows something else by now. */
function factsOf({ providers }: FollowFacts, provider: RoutingProvider): ProviderFacts | null {
  const facts = providers.get(provider.name);
  return facts && same(facts.inventory, provider.inventory) ? facts : null;
}

/**
 * Lets providers have what is good: members that aren't leave, holds are made for the best of the others, and holds that
 * nobody wants or uses any more are deleted. Whatever is good stays, whatever better ones come. Gives back `before`
 * itself when nothing changes.
 */
export function choose(facts: FollowFacts): Change {
  return (before) => {
    let after = before;
    const holds = new Map(before.holds);
    const wanted = new Set<string>();
    for (const provider of before.providers.values()) {
      const known = factsOf(facts, provider);
      if (known === null) {
        for (const { proxyId } of provider.members) wanted.add(proxyId);
        continue;
      }
      const isHad = ({ member: { proxyId } }: Candidate) => provider.members.some((one) => one.proxyId === proxyId);
      const isHeldForIt = ({ member: { proxyId } }: Candidate) => holds.get(proxyId)?.provider === provider.name;
      const good = known.good.filter(isHeldForIt);
      const stay = good.filter(isHad).slice(0, known.inventory.count);
      const adopted = good.filter((one) => !isHad(one)).slice(0, known.inventory.count - stay.length);
      const free = known.inventory.count - stay.length - adopted.length;
      const joining = known.best.filter(({ member }) => !holds.has(member.proxyId)).slice(0, free);
      for (const { member, poolNumber } of joining) {
        const { proxyId, address } = member;
        const joinedRevision = before.revision + 1;
        holds.set(proxyId, { proxyId, poolNumber, provider: provider.name, address, joinedRevision, draining: [] });
      }
      for (const { member } of [...stay, ...adopted, ...joining]) wanted.add(member.proxyId);
      after = withMembers(
        after,
        provider.name,
        Array.from(stay, ({ member }) => member),
      );
    }
    for (const hold of before.holds.values()) {
      if (!wanted.has(hold.proxyId) && isDrained(before, facts, hold)) holds.delete(hold.proxyId);
    }
    const isChanged = holds.size !== before.holds.size || [...holds.keys()].some((id) => !before.holds.has(id));
    return isChanged ? { ...after, holds } : after;
  };
}

function isDrained(before: RoutingConfiguration, { drained }: FollowFacts, hold: InventoryHold): boolean {
  // What leaves with this very change has yet to drain.
  if (isMember(before, hold)) return false;
  return hold.draining.length === 0 || same(drained.get(hold.proxyId), hold);
}

/**
 * Takes over what the lease books said to a list: what they keep becomes a member, what they don't keep is given up. A
 * pool whose book said nothing stays as it is.
 */
export function settle({ providers: known }: FollowFacts, { revision, pools }: KeptByBooks): Change {
  return (before) => {
    const answerTo = (proxyId: string): boolean | null => {
      const hold = before.holds.get(proxyId);
      const kept = hold && hold.joinedRevision <= revision ? pools.get(hold.poolNumber) : undefined;
      return kept?.has(proxyId) ?? (hold === undefined ? false : null);
    };
    let after = before;
    const holds = new Map(before.holds);
    for (const provider of before.providers.values()) {
      const facts = provider.inventory && factsOf({ providers: known, drained: new Map() }, provider);
      if (!facts) continue;
      const members = provider.members.filter(({ proxyId }) => answerTo(proxyId) !== false);
      for (const { member } of [...facts.good, ...facts.best]) {
        const isNew = !members.some(({ proxyId }) => proxyId === member.proxyId);
        const hold = before.holds.get(member.proxyId);
        const hasRoom = members.length < facts.inventory.count;
        if (hold?.provider !== provider.name || !isNew || !hasRoom || answerTo(member.proxyId) !== true) continue;
        members.push(member);
        // What was found out about it while it was on its way out is old news from now on.
        holds.set(member.proxyId, { ...hold, joinedRevision: before.revision + 1 });
      }
      after = withMembers(after, provider.name, members);
    }
    for (const proxyId of before.holds.keys()) if (answerTo(proxyId) === false) holds.delete(proxyId);
    return after === before && holds.size === before.holds.size ? before : { ...after, holds };
  };
}

/** What providers would have if no lease book refused anything. */
export function asIfKept(facts: FollowFacts): Change {
  return (before) => {
    const chosen = choose(facts)(before);
    const lists = listsFor(chosen, []);
    const pools = new Map(Array.from(lists, ([poolNumber, proxyIds]) => [poolNumber, new Set(proxyIds)]));
    return settle(facts, { revision: before.revision + 1, pools })(chosen);
  };
}

/** What the lease books of these pools are to keep, by pool. */
export function listsFor(configuration: RoutingConfiguration, poolNumbers: Iterable<number>): Map<number, string[]> {
  const lists = new Map<number, string[]>(Array.from(poolNumbers, (number) => [number, []]));
  for (const { proxyId, poolNumber } of configuration.holds.values()) {
    lists.set(poolNumber, [...(lists.get(poolNumber) ?? []), proxyId]);
  }
  return lists;
}
