import type { Change } from '../configuration/changes.model.ts';
import type { InventoryMember, RoutingConfiguration, RoutingProvider } from '../configuration/configuration.types.ts';
import type { InventoryStore } from './inventory.store.ts';

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

/** Gives providers these proxies, as far as they still follow what they followed when these were chosen. */
function withMembers(chosen: ReadonlyMap<string, { provider: RoutingProvider; members: InventoryMember[] }>): Change {
  return (before) => {
    const providers = new Map(before.providers);
    for (const [name, { provider, members }] of chosen) {
      const now = providers.get(name);
      if (now && same(now.inventory, provider.inventory)) providers.set(name, { ...now, members });
    }
    return { ...before, providers };
  };
}

/**
 * Which proxies of the inventory providers have. One that a provider has stays as long as it passes its checks and
 * matches, whatever better ones come; the best of the others take the free places. No proxy has two providers.
 */
export function createFollowedInventory(store: InventoryStore) {
  async function chosenFor({ providers }: RoutingConfiguration) {
    const following = [...providers.values()].flatMap(({ inventory, ...provider }) =>
      inventory ? [{ ...provider, inventory }] : [],
    );
    const kept = new Map<string, InventoryMember[]>();
    for (const { name, inventory, members } of following) {
      const ids = members.map(({ proxyId }) => proxyId);
      kept.set(name, (await store.stillGood(ids, inventory)).slice(0, inventory.count));
    }
    const taken = [...kept.values()].flat().map(({ proxyId }) => proxyId);
    const chosen = new Map<string, { provider: RoutingProvider; members: InventoryMember[] }>();
    for (const provider of following) {
      const stay = kept.get(provider.name) ?? [];
      const free = provider.inventory.count - stay.length;
      const joining = free > 0 ? await store.best(provider.inventory, free, taken) : [];
      taken.push(...joining.map(({ proxyId }) => proxyId));
      const members = [...stay, ...joining];
      if (!same(members, provider.members)) chosen.set(provider.name, { provider, members });
    }
    return chosen;
  }

  return {
    /** The change that brings a configuration up to date with the inventory, and how many providers it is about. */
    async pendingChange(configuration: RoutingConfiguration): Promise<{ change: Change; providers: number }> {
      const chosen = await chosenFor(configuration);
      return { change: withMembers(chosen), providers: chosen.size };
    },
  };
}

export type FollowedInventory = ReturnType<typeof createFollowedInventory>;
