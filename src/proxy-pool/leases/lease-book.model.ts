import { type BookLease, type BookProxy, toLeaseView } from './book-proxy.model.ts';
import {
  type BookState,
  type BookWrite,
  type Effect,
  type EndedHow,
  fileLease,
  type PendingLease,
  type Refused,
  type Served,
  unfileLease,
} from './book-state.model.ts';
import { matchesFilters } from './free-index.model.ts';
import type { AcquireRefusal, BookStats, LeaseFilters, LeaseView, ProxyStanding } from './lease-book.types.ts';
import { createLeaseId } from './lease-id.model.ts';
import type { Waiter } from './wait-queue.model.ts';

/** Leases that one command ends, so that a mass expiry doesn't hold up the book; the alarm does the rest at once. */
export const MAX_EXPIRED_PER_COMMAND = 1_000;
/** Retrying sooner than this is pointless. */
const MIN_RETRY_AFTER_SECONDS = 1;

export interface AcquireCommand {
  accountId: string;
  filters: LeaseFilters;
  leaseDurationMs: number;
  maxLiveLeases: number;
  /** Until when to wait; not after now: refuse at once. */
  deadlineAtMs: number;
  waiterId: string | null;
  /** A key was given and the ledger has not been asked about it: to be done before refusing or waiting. */
  mustCheckAnswer: boolean;
}

export type AcquireOutcome = PendingLease | Refused | { kind: 'check_answer' } | { kind: 'wait'; waiter: Waiter };

type LeaseWish = Pick<AcquireCommand, 'accountId' | 'filters' | 'leaseDurationMs'>;

const refused = (refusal: AcquireRefusal): Refused => ({ kind: 'refused', refusal });

function startLease(
  state: BookState,
  proxy: BookProxy,
  wish: LeaseWish,
  nowMs: number,
  writes: BookWrite[],
): PendingLease {
  const lease: BookLease = {
    id: createLeaseId({ poolNumber: state.poolNumber, nowMs, random: state.random }),
    accountId: wish.accountId,
    acquiredAtMs: nowMs,
    expiresAtMs: nowMs + wish.leaseDurationMs,
    state: 'pending',
    renewal: null,
  };
  state.index.remove(proxy);
  state.lastLeaseSequence += 1;
  proxy.leaseSequence = state.lastLeaseSequence;
  proxy.lease = lease;
  state.index.add(proxy);
  fileLease(state, proxy, lease);
  writes.push({ kind: 'lease', proxy });
  return { kind: 'pending', view: toLeaseView(proxy, lease) };
}

/** Forgets a proxy that may not be leased, and that nobody has. */
export function forgetProxy(state: BookState, proxy: BookProxy): BookWrite {
  state.tombstones.remove(proxy);
  state.proxies.delete(proxy.id);
  return { kind: 'remove', proxyId: proxy.id };
}

/** Takes a lease off its proxy. True when the proxy may be leased again. */
export function endLease(state: BookState, proxy: BookProxy, lease: BookLease, writes: BookWrite[]): boolean {
  if (proxy.leasable) state.index.remove(proxy);
  unfileLease(state, proxy, lease);
  proxy.lease = null;
  if (proxy.leasable) {
    state.index.add(proxy);
    writes.push({ kind: 'lease', proxy });
    return true;
  }
  writes.push(proxy.revision <= state.watermark ? forgetProxy(state, proxy) : { kind: 'lease', proxy });
  return false;
}

function liveLeaseCount(state: BookState, accountId: string): number {
  return state.leasesByAccount.get(accountId)?.size ?? 0;
}

function scarcity(state: BookState, filters: LeaseFilters, nowMs: number): AcquireRefusal {
  const endMs = state.index.earliestEndMs(filters);
  if (endMs === null) return { ok: false, code: 'NO_MATCHING_PROXY' };
  const retryAfterSeconds = Math.max(MIN_RETRY_AFTER_SECONDS, Math.ceil((endMs - nowMs) / 1000));
  return { ok: false, code: 'ALL_PROXIES_LEASED', retryAfterSeconds };
}

/** Gives proxies that just came free to those who wait for such, in order of arrival. */
export function serveWaiters(
  state: BookState,
  freed: readonly BookProxy[],
  nowMs: number,
  writes: BookWrite[],
): Served[] {
  const served: Served[] = [];
  let left = freed.length;
  for (const waiter of left > 0 && state.queue.size > 0 ? state.queue.inOrder() : []) {
    if (left === 0) break;
    if (!freed.some((proxy) => proxy.lease === null && proxy.leasable && matchesFilters(proxy, waiter.filters)))
      continue;
    state.queue.leave(waiter.ticket);
    if (liveLeaseCount(state, waiter.accountId) >= waiter.maxLiveLeases) {
      served.push({ ticket: waiter.ticket, outcome: refused({ ok: false, code: 'TOO_MANY_LEASES' }) });
      continue;
    }
    const best = state.index.best(waiter.filters);
    if (best === null) continue;
    left -= 1;
    served.push({ ticket: waiter.ticket, outcome: startLease(state, best, waiter, nowMs, writes) });
  }
  return served;
}

/** Whether time alone ends a lease: not while the ledger has yet to say whose it is, or whether it was renewed. */
function endsByItself(lease: BookLease): boolean {
  return lease.state === 'live' && lease.renewal === null;
}

/** Ends leases whose time is over; those that don't end by themselves stay until the ledger has said. */
export function endExpired(state: BookState, nowMs: number, writes: BookWrite[]): BookProxy[] {
  const due: BookProxy[] = [];
  for (const proxy of state.expiries.values()) {
    if (proxy.lease === null || proxy.lease.expiresAtMs > nowMs || due.length >= MAX_EXPIRED_PER_COMMAND) break;
    if (endsByItself(proxy.lease)) due.push(proxy);
  }
  return due.filter((proxy) => proxy.lease !== null && endForGood(state, proxy, proxy.lease, 'expired', nowMs, writes));
}

export function endForGood(
  state: BookState,
  proxy: BookProxy,
  lease: BookLease,
  how: EndedHow,
  nowMs: number,
  writes: BookWrite[],
): boolean {
  const { id: leaseId, accountId, expiresAtMs } = lease;
  writes.push({ kind: 'ended', leaseId, accountId, how, endedAtMs: how === 'expired' ? expiresAtMs : nowMs });
  if (how === 'expired') {
    writes.push({ kind: 'expired_event', leaseId, accountId, proxyId: proxy.id, expiredAtMs: expiresAtMs });
  }
  return endLease(state, proxy, lease, writes);
}

/** Ends what is over and serves the queue with it. */
export function expireDue(state: BookState, nowMs: number): Effect<null> {
  const writes: BookWrite[] = [];
  const served = serveWaiters(state, endExpired(state, nowMs, writes), nowMs, writes);
  return { outcome: null, writes, served };
}

/** Leases the best free match, as pending; or says why not; or queues. A free match is never one that a waiter wants. */
export function acquire(state: BookState, command: AcquireCommand, nowMs: number): Effect<AcquireOutcome> {
  const { writes, served } = expireDue(state, nowMs);
  const effect = (outcome: AcquireOutcome): Effect<AcquireOutcome> => ({ outcome, writes, served });
  const mayLease = liveLeaseCount(state, command.accountId) < command.maxLiveLeases;
  const best = mayLease ? state.index.best(command.filters) : null;
  if (best !== null) return effect(startLease(state, best, command, nowMs, writes));
  if (command.mustCheckAnswer) return effect({ kind: 'check_answer' });
  if (!mayLease) return effect(refused({ ok: false, code: 'TOO_MANY_LEASES' }));
  const refusal = scarcity(state, command.filters, nowMs);
  if (refusal.code === 'NO_MATCHING_PROXY' || command.deadlineAtMs <= nowMs) return effect(refused(refusal));
  const { waiterId, accountId, filters, leaseDurationMs, maxLiveLeases, deadlineAtMs } = command;
  const waiter = state.queue.join({ waiterId, accountId, filters, leaseDurationMs, maxLiveLeases, deadlineAtMs });
  return effect(waiter === null ? refused({ ok: false, code: 'QUEUE_FULL' }) : { kind: 'wait', waiter });
}

/** Whether a proxy can be had now. A lease that is being granted counts as one; one whose time is over does not. */
export function proxyStanding(state: BookState, proxyId: string, nowMs: number): ProxyStanding {
  const proxy = state.proxies.get(proxyId);
  if (proxy === undefined || !proxy.leasable) return 'unknown';
  const { lease, held } = proxy;
  if (held) return 'held';
  return lease === null || (endsByItself(lease) && lease.expiresAtMs <= nowMs) ? 'free' : 'leased';
}

/** The live leases of an account, oldest first. */
export function leasesOf(state: BookState, accountId: string, nowMs: number): LeaseView[] {
  return [...(state.leasesByAccount.get(accountId)?.values() ?? [])].flatMap((proxy) =>
    proxy.lease?.state === 'live' && proxy.lease.expiresAtMs > nowMs ? [toLeaseView(proxy, proxy.lease)] : [],
  );
}

/**
 * When the next lease ends; null when none will. What is overdue and waits for the ledger's word is left to it: ringing
 * for it again and again would change nothing.
 */
export function nextExpiryMs(state: BookState, nowMs: number): number | null {
  for (const { lease } of state.expiries.values()) {
    if (lease !== null && (endsByItself(lease) || lease.expiresAtMs > nowMs)) return lease.expiresAtMs;
  }
  return null;
}

/** Lets waiters go whose time is over, with the refusal that they would have had without waiting. */
export function expireWaiters(state: BookState, nowMs: number): Served[] {
  const late = state.queue.inOrder().filter((waiter) => waiter.deadlineAtMs <= nowMs);
  return late.map((waiter) => {
    state.queue.leave(waiter.ticket);
    return { ticket: waiter.ticket, outcome: refused(scarcity(state, waiter.filters, nowMs)) };
  });
}

/** The book in figures. */
export function bookStats({ index, leases, queue }: BookState): BookStats {
  const leasable = index.freeCount + index.leasedCount;
  return { ok: true, leasable, free: index.freeCount, liveLeases: leases.size, waiters: queue.size };
}
