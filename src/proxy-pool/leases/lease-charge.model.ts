import { renewedLeaseId } from '../../accounts/credits/reference-time.model.ts';
import type { BookLease, BookProxy, BookRenewal } from './book-proxy.model.ts';
import type { BookState, BookWrite, Effect } from './book-state.model.ts';
import { endLease, serveWaiters } from './lease-book.model.ts';

// What the ledger's word does to a lease or a renewal. Both are named by the reference of their debit: a lease by its
// id, a renewal by its lease and an attempt.

interface OpenRenewal {
  proxy: BookProxy;
  lease: BookLease;
  renewal: BookRenewal;
}

/** The renewal of a reference while it is open; null once it was confirmed or dropped. */
function openRenewal(state: BookState, reference: string): OpenRenewal | null {
  const proxy = state.leases.get(renewedLeaseId(reference) ?? '');
  const renewal = proxy?.lease?.renewal;
  return proxy?.lease && renewal?.reference === reference ? { proxy, lease: proxy.lease, renewal } : null;
}

/** Gives a lease its later end. Lists that sort by the end must not hold the proxy meanwhile. */
function extend(state: BookState, { proxy, lease, renewal }: OpenRenewal): BookWrite {
  if (proxy.leasable) state.index.remove(proxy);
  state.expiries.remove(proxy);
  lease.expiresAtMs = renewal.expiresAtMs;
  lease.renewal = null;
  state.expiries.add(proxy);
  if (proxy.leasable) state.index.add(proxy);
  return { kind: 'lease', proxy };
}

/** The debit went through: the lease is its account's from now on, or has its later end. Harmless when done before. */
export function confirm(state: BookState, reference: string): Effect<null> {
  const lease = state.leases.get(reference)?.lease;
  if (lease) lease.state = 'live';
  const open = openRenewal(state, reference);
  return { outcome: null, writes: open ? [extend(state, open)] : [], served: [] };
}

/** Nobody can say now whether the debit went through: the ledger will be asked. */
export function doubt(state: BookState, reference: string): Effect<null> {
  const lease = state.leases.get(reference)?.lease;
  if (lease?.state === 'pending') lease.state = 'uncertain';
  const open = openRenewal(state, reference);
  if (open) open.renewal.state = 'uncertain';
  return { outcome: null, writes: [], served: [] };
}

/**
 * The debits were refused, or are void for ever: a lease never was, and its proxy goes to who is next; a renewal never
 * was, and its lease ends when it would have.
 */
export function drop(state: BookState, references: readonly string[], nowMs: number): Effect<null> {
  const writes: BookWrite[] = [];
  const freed: BookProxy[] = [];
  for (const reference of references) {
    const open = openRenewal(state, reference);
    if (open) {
      open.lease.renewal = null;
      writes.push({ kind: 'lease', proxy: open.proxy });
    }
    const proxy = state.leases.get(reference);
    if (!proxy?.lease || proxy.lease.state === 'live') continue;
    if (endLease(state, proxy, proxy.lease, writes)) freed.push(proxy);
  }
  return { outcome: null, writes, served: serveWaiters(state, freed, nowMs, writes) };
}

/** What the ledger said of some references, all at once. */
export function settle(
  state: BookState,
  fates: { charged: readonly string[]; void: readonly string[] },
  nowMs: number,
): Effect<null> {
  const writes = fates.charged.flatMap((reference) => confirm(state, reference).writes);
  const dropped = drop(state, fates.void, nowMs);
  return { ...dropped, writes: [...writes, ...dropped.writes] };
}

function uncertainReferencesOf(lease: BookLease | null): string[] {
  if (lease === null) return [];
  const { id, state, renewal } = lease;
  return [...(state === 'uncertain' ? [id] : []), ...(renewal?.state === 'uncertain' ? [renewal.reference] : [])];
}

/** The references that the ledgers have to be asked about, by account. */
export function uncertainReferences(state: BookState, onlyAccountId?: string): Map<string, string[]> {
  const accounts = onlyAccountId === undefined ? [...state.leasesByAccount.keys()] : [onlyAccountId];
  const uncertain = new Map<string, string[]>();
  for (const accountId of accounts) {
    const proxies = state.leasesByAccount.get(accountId)?.values() ?? [];
    const references = [...proxies].flatMap(({ lease }) => uncertainReferencesOf(lease));
    if (references.length > 0) uncertain.set(accountId, references);
  }
  return uncertain;
}

/** How far all leases are known to be charged: one row, however many leases; null when it would say nothing new. */
export function checkpoint(state: BookState): BookWrite | null {
  let throughSequence = state.lastLeaseSequence;
  for (const proxy of state.leases.values()) {
    if (proxy.lease?.state !== 'live') throughSequence = Math.min(throughSequence, proxy.leaseSequence - 1);
  }
  if (throughSequence <= state.settledThroughSequence) return null;
  state.settledThroughSequence = throughSequence;
  return { kind: 'checkpoint', throughSequence };
}

/** Moves the checkpoint as far as it can. */
export function moveCheckpoint(state: BookState): Effect<null> {
  const write = checkpoint(state);
  return { outcome: null, writes: write ? [write] : [], served: [] };
}
