import { setImmediate } from 'node:timers/promises';
import { applyNews } from '../../../../src/proxy-pool/leases/book-content.model.ts';
import { type BookState, createBookState, type Effect } from '../../../../src/proxy-pool/leases/book-state.model.ts';
import { hold } from '../../../../src/proxy-pool/leases/held-proxies.model.ts';
import { acquire, proxyStanding } from '../../../../src/proxy-pool/leases/lease-book.model.ts';
import { confirm } from '../../../../src/proxy-pool/leases/lease-charge.model.ts';
import type { Change } from '../../../../src/routing/configuration/changes.model.ts';
import { affectedTargets, rotorConfigurationOf } from '../../../../src/routing/configuration/configuration.model.ts';
import type { RoutingConfiguration } from '../../../../src/routing/configuration/configuration.types.ts';
import { withDraining } from '../../../../src/routing/inventory/holds.model.ts';
import { createInventoryFacts } from '../../../../src/routing/inventory/inventory-facts.ts';
import { createInventoryFollower } from '../../../../src/routing/inventory/inventory-follower.ts';
import { checkout, report, tick } from '../../../../src/routing/rotation/rotation.model.ts';
import { configure, remove } from '../../../../src/routing/rotation/rotation-content.model.ts';
import { ipStates } from '../../../../src/routing/rotation/rotation-figures.model.ts';
import { createRotationState, type RotationState } from '../../../../src/routing/rotation/rotation-state.model.ts';
import { createStoredBook } from '../../../proxy-pool/leases/simulation/stored-book.ts';
import { pool, provider, target } from '../../configuration/definitions.ts';

export const POOLS = [0, 1] as const;
export const PROVIDERS = ['a', 'b'] as const;
/** Proxies of each pool. */
const PROXIES_PER_POOL = 3;
export const PROXIES = POOLS.flatMap((pool) => Array.from({ length: PROXIES_PER_POOL }, (_, n) => `p${pool}-${n}`));
const LEASE_MS = 60_000;

type Death = 'none' | 'before' | 'after';

const poolOf = (proxyId: string): number => Number(proxyId[1]);
const addressOf = (proxyId: string): string => `http://${proxyId}:80`;
const nothing = { username: null, passwordSealed: null };

/** The inventory, its lease books, D1's configuration, the Rotors, and any number of followers, each of which may die anywhere. */
export function createHoldsWorld() {
  let nowMs = 1_000_000;
  let revisions = 0;
  let checkouts = 0;
  let configuration: RoutingConfiguration = {
    revision: 0,
    providers: new Map(),
    pools: new Map(),
    targets: new Map(),
    holds: new Map(),
  };
  const pending = new Map<string, number>();
  const good = new Set<string>();
  const books = new Map(
    POOLS.map((number) => [number as number, { rows: createStoredBook(), state: createBookState(number) }]),
  );
  const rotors = new Map<string, RotationState>();
  /** Calls under way, which go on one by one. */
  const open: { follower: number; goOn: () => void }[] = [];
  const followers = new Set<number>();
  let lastFollower = 0;

  const bookOf = (number: number) => books.get(number) ?? { rows: createStoredBook(), state: createBookState(number) };
  function run<Outcome>(number: number, command: (state: BookState) => Effect<Outcome>): Outcome {
    const book = bookOf(number);
    const { outcome, writes } = command(book.state);
    book.rows.write(writes);
    return outcome;
  }
  const rotorOf = (name: string): RotationState => {
    const rotor = rotors.get(name) ?? createRotationState();
    rotors.set(name, rotor);
    return rotor;
  };

  const commit = (change: Change): void => {
    const after = withDraining(configuration, { ...change(configuration), revision: configuration.revision + 1 });
    for (const name of affectedTargets(configuration, after)) {
      pending.set(name, after.revision);
      const row = after.targets.get(name);
      if (row) after.targets = new Map(after.targets).set(name, { ...row, revision: after.revision });
    }
    configuration = after;
  };

  /** As the Rotor hears of a change, by `rotor-sync.ts` or by a forward that knows of it already. */
  const tell = (name: string, known: RoutingConfiguration): void => {
    const row = known.targets.get(name);
    if (row) configure(rotorOf(name), rotorConfigurationOf(known, row), nowMs);
    else remove(rotorOf(name), known.revision, nowMs);
  };

  /** A call that waits for its turn before it does something, and again before its answer arrives; or dies there. */
  function callOf<Result>(follower: number, death: Death, work: () => Result): Promise<Result> {
    const turn = () => new Promise<void>((resolve) => void open.push({ follower, goOn: resolve }));
    return turn().then(async () => {
      if (death === 'before') throw new Error('the follower died');
      const result = work();
      await turn();
      if (death === 'after') throw new Error('the follower died');
      return result;
    });
  }

  /** Returns its number. */
  function startFollower(deaths: readonly Death[]): number {
    lastFollower += 1;
    const number = lastFollower;
    const call = <Result>(death: Death, work: () => Result) => callOf(number, death, work);
    const tape = [...deaths];
    const next = (): Death => tape.shift() ?? 'none';
    const store = {
      stillGood: (ids: readonly string[]) => call(next(), () => ids.filter((id) => good.has(id)).map(candidate)),
      best: (_filter: unknown, max: number, taken: readonly string[]) =>
        call(next(), () =>
          PROXIES.filter((id) => good.has(id) && !taken.includes(id))
            .slice(0, max)
            .map(candidate),
        ),
    };
    const candidate = (proxyId: string) => ({
      member: { proxyId, address: addressOf(proxyId), ...nothing },
      poolNumber: poolOf(proxyId),
    });
    const facts = createInventoryFacts({
      store,
      standingsOf: (pool, ids) => call(next(), () => ids.map((id) => proxyStanding(bookOf(pool).state, id, nowMs))),
    });
    const follower = createInventoryFollower({
      facts,
      configurations: {
        read: () => call(next(), () => configuration),
        apply: (change) => call(next(), () => commit(change)),
      },
      poolNumbers: () => call(next(), () => [...POOLS]),
      hold: (pool, request) => call(next(), () => run(pool, (state) => hold(state, request, nowMs))),
      pendingTargets: (names) =>
        call(next(), () =>
          [...pending].flatMap(([targetName, revision]) =>
            names.includes(targetName) ? { targetName, revision } : [],
          ),
        ),
      statesOf: (name) =>
        call(next(), () => {
          tick(rotorOf(name), nowMs);
          return ipStates(rotorOf(name));
        }),
    });
    followers.add(number);
    const isOver = () => void followers.delete(number);
    follower.follow().then(isOver, isOver);
    return number;
  }

  async function goOn(index: number): Promise<void> {
    const [next] = open.splice(index, 1);
    next?.goOn();
    await setImmediate();
  }

  const followed = (name: string, count: number) => ({
    ...provider(name, []),
    inventory: { protocol: null, country: null, anonymity: null, minScore: null, count },
  });
  const users = (proxyId: string): string[] => {
    const { state } = bookOf(poolOf(proxyId));
    const leased = state.proxies.get(proxyId)?.lease ? ['a lease'] : [];
    const following = [...configuration.providers.values()].filter(({ members }) =>
      members.some((member) => member.proxyId === proxyId),
    );
    // A target that lists it may give it to a request at any moment.
    const listing = [...rotors].filter(([, rotor]) => {
      const ip = rotor.ips.get(addressOf(proxyId));
      return ip !== undefined && (ip.position !== null || ip.checkout !== null);
    });
    const isRouting = following.length > 0 || listing.length > 0;
    return [...leased, ...(isRouting ? ['routing'] : []), ...following.slice(1).map(({ name }) => `${name} as well`)];
  };

  return {
    startFollower,
    good: (proxyId: string, isGood: boolean): void => {
      revisions += 1;
      if (isGood) good.add(proxyId);
      else good.delete(proxyId);
      const facts = { country: null, anonymity: null, score: 0.5, latencyMs: null, ...nothing };
      const row = { id: proxyId, ip: '203.0.113.1', port: 80, protocol: 'http' as const, ...facts };
      const news = [{ ...row, leasable: isGood, revision: revisions }];
      run(poolOf(proxyId), (state) => applyNews(state, news, nowMs));
    },
    /** One that follows so many proxies, or lists none; null: it is removed, with its pool and its target. */
    provide(name: string, count: number | null): void {
      commit((before) => {
        const put = <Row>(rows: ReadonlyMap<string, Row>, row: Row) => {
          const copy = new Map(rows);
          copy.delete(name);
          return count === null ? copy : copy.set(name, row);
        };
        const was = before.providers.get(name)?.members ?? [];
        return {
          ...before,
          providers: put(before.providers, { ...followed(name, count ?? 0), members: was.slice(0, count ?? 0) }),
          pools: put(before.pools, pool(name, [name, 9])),
          targets: put(before.targets, { ...target(name, name), minRequestIntervalMs: 0, maxQueueWaitMs: 0 }),
        };
      });
    },
    snapshot: () => configuration,
    /** The Rotor of a target hears of the newest, and D1 that it has. */
    rotorHears(name: string): void {
      tell(name, configuration);
      pending.delete(name);
    },
    /** A request by a snapshot that may be old; its checkout, if it has an IP. */
    forward(name: string, known: RoutingConfiguration): string | null {
      const row = known.targets.get(name);
      if (!row) return null;
      checkouts += 1;
      const request = { checkoutId: `c${checkouts}`, revision: row.revision, excluded: [], forced: null };
      const ask = () => checkout(rotorOf(name), request, nowMs).outcome;
      let outcome = ask();
      if ('ok' in outcome && !outcome.ok && outcome.code === 'OUTDATED') {
        tell(name, known);
        outcome = ask();
      }
      return 'ok' in outcome && outcome.ok ? request.checkoutId : null;
    },
    answered(name: string): void {
      const [checkoutId] = rotorOf(name).ipByCheckout.keys();
      if (checkoutId === undefined) return;
      report(rotorOf(name), [{ checkoutId, outcome: 'success', sentAgoMs: 0, latencyMs: 1 }], nowMs);
    },
    lease(number: number): boolean {
      const filters = { protocol: null, country: null, anonymity: null, minScore: null };
      const command = { accountId: 'x', filters, leaseDurationMs: LEASE_MS, maxLiveLeases: 99, deadlineAtMs: 0 };
      const outcome = run(number, (state) =>
        acquire(state, { ...command, waiterId: null, mustCheckAnswer: false }, nowMs),
      );
      if (outcome.kind !== 'pending') return false;
      run(number, (state) => confirm(state, outcome.view.leaseId));
      return true;
    },
    leasesEnd(): void {
      nowMs += LEASE_MS;
    },
    bookDies(number: number): void {
      const book = bookOf(number);
      book.state = createBookState(number, book.rows.read());
      // The ledger says of each that it is charged: what is tested here is not the charge.
      for (const id of book.state.leases.keys()) run(number, (state) => confirm(state, id));
    },
    /** Lets one of the calls under way go on. */
    goOn: (which: number) => goOn(which % Math.max(1, open.length)),
    /** Lets one follower end, while the calls of the others stay where they are. */
    async settle(number: number): Promise<void> {
      while (followers.has(number)) await goOn(open.findIndex(({ follower }) => follower === number));
    },
    isUnderWay: (number: number): boolean => followers.has(number),
    async settleAll(): Promise<void> {
      while (followers.size > 0) await goOn(0);
    },
    check(): void {
      for (const proxyId of PROXIES) {
        const found = users(proxyId);
        if (found.length > 1) throw new Error(`${proxyId} has ${found.join(' and ')}`);
      }
    },
    /** When nothing is under way any more: who has what, by D1 and by the books. */
    final() {
      const members = [...configuration.providers.values()].flatMap((one) => one.members.map(({ proxyId }) => proxyId));
      const held = [...books.values()].flatMap(({ state }) => [...state.held.keys()]);
      return { members: members.sort(), held: held.sort(), holds: [...configuration.holds.keys()].sort() };
    },
    wantedCount: () =>
      [...configuration.providers.values()].reduce((sum, { inventory }) => sum + (inventory?.count ?? 0), 0),
    goodCount: () => good.size,
  };
}

export type HoldsWorld = ReturnType<typeof createHoldsWorld>;
