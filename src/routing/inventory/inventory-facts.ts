import type { ProxyStanding } from '../../proxy-pool/leases/lease-book.types.ts';
import type { RoutingConfiguration } from '../configuration/configuration.types.ts';
import type { Candidate, ProviderFacts } from './holds.model.ts';
import type { InventoryStore } from './inventory.store.ts';

/** Candidates looked at together. */
const CANDIDATES_PER_PAGE = 200;
/** Pages of candidates for one provider, at most: where thousands of the best are leased, the next run goes on. */
const MAX_CANDIDATE_PAGES = 5;

interface Dependencies {
  store: InventoryStore;
  standingsOf: (poolNumber: number, proxyIds: readonly string[]) => Promise<ProxyStanding[]>;
}

const idOf = ({ member }: Candidate): string => member.proxyId;

/** Looks up which proxies the providers that follow the inventory could have. Changes nothing. */
export function createInventoryFacts({ store, standingsOf }: Dependencies) {
  /** Those that nobody has, in their order. */
  async function unused(candidates: readonly Candidate[]): Promise<Candidate[]> {
    const free = new Set<string>();
    for (const [poolNumber, ofPool] of Map.groupBy(candidates, (one) => one.poolNumber)) {
      const standings = await standingsOf(poolNumber, ofPool.map(idOf));
      for (const [index, one] of ofPool.entries()) if (standings[index] === 'free') free.add(idOf(one));
    }
    return candidates.filter((one) => free.has(idOf(one)));
  }

  async function bestOf(filter: ProviderFacts['inventory'], count: number, taken: readonly string[]) {
    const found: Candidate[] = [];
    const seen = [...taken];
    for (let page = 0; page < MAX_CANDIDATE_PAGES && found.length < count; page += 1) {
      const candidates = await store.best(filter, Math.max(count, CANDIDATES_PER_PAGE), seen);
      found.push(...(await unused(candidates)));
      if (candidates.length < CANDIDATES_PER_PAGE) break;
      seen.push(...candidates.map(idOf));
    }
    return found.slice(0, count);
  }

  return {
    /** By provider. What one is given no other is. */
    async gather({ providers, holds }: RoutingConfiguration): Promise<Map<string, ProviderFacts>> {
      const facts = new Map<string, ProviderFacts>();
      const taken = [...holds.keys()];
      for (const { name, inventory, members } of providers.values()) {
        if (inventory === null) continue;
        const own = [...holds.values()].filter(({ provider }) => provider === name).map(({ proxyId }) => proxyId);
        const ids = new Set([...members.map(({ proxyId }) => proxyId), ...own]);
        const good = await store.stillGood([...ids], inventory);
        const free = inventory.count - good.length;
        const best = free > 0 ? await bestOf(inventory, free, taken) : [];
        taken.push(...best.map(idOf));
        facts.set(name, { inventory, good, best });
      }
      return facts;
    },
  };
}

export type InventoryFacts = ReturnType<typeof createInventoryFacts>;
