import { createSortedList } from '../../platform/collections/sorted-list.model.ts';

/** Requests that wait for an IP of one target: each is an open request of a client. */
export const MAX_WAITERS = 10_000;

/** A request that waits for an IP. */
export interface Waiter {
  /** Order of arrival. */
  ticket: number;
  checkoutId: string;
  joinedAtMs: number;
  deadlineAtMs: number;
  /** Addresses that it does not take. */
  excluded: ReadonlySet<string>;
  /** The one address that it takes, or null. */
  forced: string | null;
}

/** First come, first served, among those whom an IP suits. Every step takes logarithmic time, however choosy they are. */
export interface WaitingLine {
  readonly size: number;
  /** The new waiter, or null when the line is full. */
  join(waiter: Omit<Waiter, 'ticket'>): Waiter | null;
  leave(waiter: Waiter): void;
  /** Whoever came first of those that take this address. */
  firstFor(address: string): Waiter | null;
  find(checkoutId: string): Waiter | null;
  /** Those that take nothing but this address, in order. */
  forcedOn(address: string): Waiter[];
  /** Has a waiter take any address. */
  acceptAny(waiter: Waiter): void;
  /** Those that exclude something, in order. */
  choosy(): Waiter[];
  /** Whose time is over, by deadline. */
  late(nowMs: number): Waiter[];
  earliestDeadlineMs(): number | null;
  inOrder(): Waiter[];
}

const NOTHING: ReadonlySet<string> = new Set();

type Excluded = ReadonlySet<string>;

/** What both exclude. Null stands for nobody, who excludes everything. */
function commonOf(left: Excluded | null, right: Excluded | null): Excluded | null {
  if (left === null || right === null) return left ?? right;
  if (left.size === 0 || right.size === 0) return NOTHING;
  const common = [...left].filter((address) => right.has(address));
  return common.length === left.size ? left : new Set(common);
}

const FIRST_CAPACITY = 64;

function emptyTree(capacity: number): (Excluded | null)[] {
  return Array.from({ length: 2 * capacity }, () => null);
}

/**
 * Waiters in order of arrival, as the leaves of a binary tree of which each node knows what all beneath it exclude:
 * whoever is first to take an address is found on one way down.
 */
function createExclusionTree() {
  let capacity = FIRST_CAPACITY;
  let waiters: (Waiter | null)[] = [];
  let commons = emptyTree(capacity);
  const slots = new Map<number, number>();

  const set = (slot: number, waiter: Waiter | null): void => {
    waiters[slot] = waiter;
    let node = capacity + slot;
    commons[node] = waiter?.excluded ?? null;
    for (node >>>= 1; node >= 1; node >>>= 1) {
      commons[node] = commonOf(commons[2 * node] ?? null, commons[2 * node + 1] ?? null);
    }
  };

  /** Closes the gaps that others left, with twice the room when more than half of it is taken. */
  const rebuild = (): void => {
    const present = waiters.filter((waiter) => waiter !== null);
    if (present.length > capacity / 2) capacity *= 2;
    waiters = [];
    commons = emptyTree(capacity);
    for (const [slot, waiter] of present.entries()) {
      waiters[slot] = waiter;
      commons[capacity + slot] = waiter.excluded;
      slots.set(waiter.ticket, slot);
    }
    for (let node = capacity - 1; node >= 1; node -= 1) {
      commons[node] = commonOf(commons[2 * node] ?? null, commons[2 * node + 1] ?? null);
    }
  };

  const excludes = (node: number, address: string): boolean => commons[node]?.has(address) ?? true;

  return {
    add(waiter: Waiter): void {
      if (waiters.length === capacity) rebuild();
      slots.set(waiter.ticket, waiters.length);
      set(waiters.length, waiter);
    },
    /** To be called when what it excludes has changed, too. */
    update(waiter: Waiter, present: Waiter | null): void {
      const slot = slots.get(waiter.ticket);
      if (slot === undefined) return;
      if (present === null) slots.delete(waiter.ticket);
      set(slot, present);
    },
    firstFor(address: string): Waiter | null {
      if (excludes(1, address)) return null;
      let node = 1;
      while (node < capacity) node = excludes(2 * node, address) ? 2 * node + 1 : 2 * node;
      return waiters[node - capacity] ?? null;
    },
  };
}

function byDeadline(left: Waiter, right: Waiter): number {
  return left.deadlineAtMs - right.deadlineAtMs || left.ticket - right.ticket;
}

export function createWaitingLine(): WaitingLine {
  const all = new Map<string, Waiter>();
  const tree = createExclusionTree();
  const forced = new Map<string, Map<number, Waiter>>();
  const choosy = new Map<number, Waiter>();
  const deadlines = createSortedList(byDeadline);
  let lastTicket = 0;

  const forcedOn = (address: string): Waiter[] => [...(forced.get(address)?.values() ?? [])];

  return {
    get size() {
      return all.size;
    },
    join(newcomer) {
      if (all.size >= MAX_WAITERS) return null;
      lastTicket += 1;
      const waiter = { ...newcomer, ticket: lastTicket };
      all.set(waiter.checkoutId, waiter);
      deadlines.add(waiter);
      if (waiter.forced !== null) {
        const ofAddress = forced.get(waiter.forced) ?? new Map<number, Waiter>();
        forced.set(waiter.forced, ofAddress.set(waiter.ticket, waiter));
      } else {
        tree.add(waiter);
        if (waiter.excluded.size > 0) choosy.set(waiter.ticket, waiter);
      }
      return waiter;
    },
    leave(waiter) {
      if (!all.delete(waiter.checkoutId)) return;
      deadlines.remove(waiter);
      choosy.delete(waiter.ticket);
      if (waiter.forced === null) tree.update(waiter, null);
      else {
        const ofAddress = forced.get(waiter.forced);
        ofAddress?.delete(waiter.ticket);
        if (ofAddress?.size === 0) forced.delete(waiter.forced);
      }
    },
    firstFor(address) {
      const any = tree.firstFor(address);
      const only = forced.get(address)?.values().next().value ?? null;
      if (any === null || only === null) return any ?? only;
      return any.ticket < only.ticket ? any : only;
    },
    find: (checkoutId) => all.get(checkoutId) ?? null,
    forcedOn,
    acceptAny(waiter) {
      waiter.excluded = NOTHING;
      choosy.delete(waiter.ticket);
      tree.update(waiter, waiter);
    },
    choosy: () => [...choosy.values()],
    late(nowMs) {
      const late: Waiter[] = [];
      for (const waiter of deadlines.values()) {
        if (waiter.deadlineAtMs > nowMs) break;
        late.push(waiter);
      }
      return late;
    },
    earliestDeadlineMs: () => deadlines.first()?.deadlineAtMs ?? null,
    inOrder: () => [...all.values()],
  };
}
