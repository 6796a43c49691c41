import { createSortedList, type SortedList } from '../../platform/collections/sorted-list.model.ts';
import { type BookLease, type BookProxy, isOffered } from './book-proxy.model.ts';
import { compareByExpiry, createFreeIndex, type FreeIndex } from './free-index.model.ts';
import type { AcquireRefusal, LeaseView, Refund } from './lease-book.types.ts';
import { type RandomBytes, randomLeaseBytes } from './lease-id.model.ts';
import { createWaitQueue, type WaitQueue } from './wait-queue.model.ts';

/** Everything a book knows, rebuilt from its rows at start. Only the commands change it. */
export interface BookState {
  readonly poolNumber: number;
  readonly random: RandomBytes;
  readonly proxies: Map<string, BookProxy>;
  /** Leases of every state by id. */
  readonly leases: Map<string, BookProxy>;
  readonly leasesByAccount: Map<string, Map<string, BookProxy>>;
  readonly expiries: SortedList<BookProxy>;
  readonly index: FreeIndex;
  readonly queue: WaitQueue;
  /** Proxies that may not be leased, by revision: kept until the watermark passes them. */
  readonly tombstones: SortedList<BookProxy>;
  /** Those that routing has, by id, and the revision of the newest list of them. */
  readonly held: Map<string, BookProxy>;
  holdsRevision: number;
  /** All changes of the inventory up to this revision are known. */
  watermark: number;
  lastLeaseSequence: number;
  /** Leases up to this sequence are known to be charged, as the storage has it. */
  settledThroughSequence: number;
  /** By lease. */
  readonly owedRefunds: Map<string, OwedRefund>;
}

/** What must be in the storage before anybody hears of a command. Proxies are written as they are after it. */
export type BookWrite =
  | { kind: 'proxy'; proxy: BookProxy }
  | { kind: 'lease'; proxy: BookProxy }
  | { kind: 'held'; proxy: BookProxy }
  | { kind: 'remove'; proxyId: string }
  /** Follows the end of its lease, or turns one that ran out. */
  | { kind: 'refund_owed'; owed: OwedRefund }
  | { kind: 'refund_done'; leaseId: string; refund: Refund }
  | { kind: 'ended'; leaseId: string; accountId: string; how: EndedHow; endedAtMs: number }
  | { kind: 'expired_event'; leaseId: string; accountId: string; proxyId: string; expiredAtMs: number }
  | { kind: 'watermark'; revision: number }
  | { kind: 'holds'; revision: number }
  | { kind: 'checkpoint'; throughSequence: number };

/** `dead`: its proxy was reported, and failed our own checks. */
export type EndedHow = 'released' | 'expired' | 'dead';

/** A credit that goes back to an account; it is owed until its ledger has said. */
export interface OwedRefund {
  leaseId: string;
  accountId: string;
  proxyId: string;
}

export interface EndedLease {
  accountId: string;
  how: EndedHow;
  endedAtMs: number;
  /** Of one whose proxy was dead; the refund is null while it is owed. */
  dead: { proxyId: string; refund: Refund | null } | null;
}

/** A lease that is written but not charged yet; it is charged under its id. */
export interface PendingLease {
  kind: 'pending';
  view: LeaseView;
}

export interface Refused {
  kind: 'refused';
  refusal: AcquireRefusal;
}

/** What became of a waiter. */
export interface Served {
  ticket: number;
  outcome: PendingLease | Refused;
}

/** What a command did: its outcome, what to store, and which waiters it concerns. */
export interface Effect<Outcome> {
  outcome: Outcome;
  writes: BookWrite[];
  served: Served[];
}

export interface StoredBook {
  proxies: Iterable<BookProxy>;
  watermark: number;
  settledThroughSequence: number;
  holdsRevision: number;
  owedRefunds: readonly OwedRefund[];
}

export function fileLease(state: BookState, proxy: BookProxy, lease: BookLease): void {
  state.leases.set(lease.id, proxy);
  const ofAccount = state.leasesByAccount.get(lease.accountId) ?? new Map<string, BookProxy>();
  ofAccount.set(lease.id, proxy);
  state.leasesByAccount.set(lease.accountId, ofAccount);
  state.expiries.add(proxy);
}

export function unfileLease(state: BookState, proxy: BookProxy, lease: BookLease): void {
  state.leases.delete(lease.id);
  const ofAccount = state.leasesByAccount.get(lease.accountId);
  ofAccount?.delete(lease.id);
  if (ofAccount?.size === 0) state.leasesByAccount.delete(lease.accountId);
  state.expiries.remove(proxy);
}

/** A number from 0 up to, not including, 1, of random bytes. */
function fractionOf(bytes: Uint8Array): number {
  return bytes.subarray(0, 4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;
}

/**
 * A book's state from its rows. Leases beyond the checkpoint, and all renewals, come back `uncertain`, whatever their
 * age: the ledger has to say of each whether it was charged.
 */
export function createBookState(
  poolNumber: number,
  stored?: StoredBook,
  random: RandomBytes = randomLeaseBytes,
): BookState {
  const state: BookState = {
    poolNumber,
    random,
    proxies: new Map(),
    leases: new Map(),
    leasesByAccount: new Map(),
    expiries: createSortedList(compareByExpiry),
    index: createFreeIndex(() => fractionOf(random())),
    queue: createWaitQueue(),
    tombstones: createSortedList(
      (left, right) => left.revision - right.revision || (left.id < right.id ? -1 : Number(left.id > right.id)),
    ),
    held: new Map(),
    holdsRevision: stored?.holdsRevision ?? 0,
    watermark: stored?.watermark ?? 0,
    lastLeaseSequence: stored?.settledThroughSequence ?? 0,
    settledThroughSequence: stored?.settledThroughSequence ?? 0,
    owedRefunds: new Map(stored?.owedRefunds.map((owed) => [owed.leaseId, owed])),
  };
  for (const proxy of stored?.proxies ?? []) {
    state.proxies.set(proxy.id, proxy);
    state.lastLeaseSequence = Math.max(state.lastLeaseSequence, proxy.leaseSequence);
    if (proxy.lease) {
      proxy.lease.state = proxy.leaseSequence <= state.settledThroughSequence ? 'live' : 'uncertain';
      if (proxy.lease.renewal) proxy.lease.renewal.state = 'uncertain';
      fileLease(state, proxy, proxy.lease);
    }
    if (proxy.held) state.held.set(proxy.id, proxy);
    if (isOffered(proxy)) state.index.add(proxy);
    if (!proxy.leasable) state.tombstones.add(proxy);
  }
  return state;
}
