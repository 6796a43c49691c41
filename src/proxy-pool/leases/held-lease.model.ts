import { renewalReference } from '../../accounts/credits/reference-time.model.ts';
import { type BookLease, type BookProxy, toLeaseView } from './book-proxy.model.ts';
import type { BookState, BookWrite, Effect, EndedLease } from './book-state.model.ts';
import { endExpired, endForGood, serveWaiters } from './lease-book.model.ts';
import type { LeaseView, RenewRefusal } from './lease-book.types.ts';
import { createLeaseId } from './lease-id.model.ts';

/** Reads the leases that ended within the last day. */
export type FindEnded = (leaseId: string) => EndedLease | null;

/** A lease that is written down to end later; to be charged under its reference. */
export interface PendingRenewal {
  kind: 'pending';
  reference: string;
  /** The lease as it will be. */
  view: LeaseView;
}

/** How a lease stands with who asks for it. */
export type Standing =
  | { kind: 'held'; proxy: BookProxy; lease: BookLease }
  | { kind: 'released'; releasedAtMs: number }
  | { kind: 'expired'; expiredAtMs: number }
  /** Its proxy was reported, and failed our checks. */
  | ({ kind: 'dead' } & NonNullable<EndedLease['dead']>)
  | { kind: 'unknown' }
  /** Whether it is the caller's, or until when, is still open: settle first, then ask again. */
  | { kind: 'uncertain' };

export type ReleaseOutcome = Exclude<Standing, { kind: 'held' }>;
export type RenewOutcome = PendingRenewal | { kind: 'refused'; refusal: RenewRefusal } | { kind: 'uncertain' };

export interface LeaseOfCaller {
  accountId: string;
  leaseId: string;
}

function standingOfEnded({ how, endedAtMs, dead }: EndedLease): Standing {
  if (dead !== null) return { kind: 'dead', ...dead };
  return how === 'expired'
    ? { kind: 'expired', expiredAtMs: endedAtMs }
    : { kind: 'released', releasedAtMs: endedAtMs };
}

/** `writes`: what the same command has ended already, which is in no row yet. */
export function standingOf(
  state: BookState,
  { accountId, leaseId }: LeaseOfCaller,
  findEnded: FindEnded,
  writes: readonly BookWrite[],
  nowMs: number,
): Standing {
  const proxy = state.leases.get(leaseId);
  if (!proxy?.lease) {
    const justNow = writes.find((write) => write.kind === 'ended' && write.leaseId === leaseId);
    const ended = justNow?.kind === 'ended' ? { ...justNow, dead: null } : findEnded(leaseId);
    return ended === null || ended.accountId !== accountId ? { kind: 'unknown' } : standingOfEnded(ended);
  }
  const { lease } = proxy;
  if (lease.accountId !== accountId || lease.state === 'pending') return { kind: 'unknown' };
  if (lease.state === 'uncertain' || lease.renewal !== null) return { kind: 'uncertain' };
  const { expiresAtMs } = lease;
  return expiresAtMs <= nowMs ? { kind: 'expired', expiredAtMs: expiresAtMs } : { kind: 'held', proxy, lease };
}

/** Ends a lease early. */
export function release(
  state: BookState,
  command: LeaseOfCaller,
  findEnded: FindEnded,
  nowMs: number,
): Effect<ReleaseOutcome> {
  const writes: BookWrite[] = [];
  const freed = endExpired(state, nowMs, writes);
  const standing = standingOf(state, command, findEnded, writes, nowMs);
  let outcome: ReleaseOutcome = { kind: 'released', releasedAtMs: nowMs };
  if (standing.kind !== 'held') outcome = standing;
  else if (endForGood(state, standing.proxy, standing.lease, 'released', nowMs, writes)) freed.push(standing.proxy);
  return { outcome, writes, served: serveWaiters(state, freed, nowMs, writes) };
}

function refusalOf(standing: Exclude<Standing, { kind: 'held' | 'uncertain' }>): RenewRefusal {
  if (standing.kind === 'expired') return { ok: false, code: 'LEASE_EXPIRED' };
  return { ok: false, code: standing.kind === 'unknown' ? 'LEASE_NOT_FOUND' : 'LEASE_NOT_ACTIVE' };
}

/**
 * Writes down that a lease is to end later: at now + duration, never earlier than it does. Until the ledger has said
 * whether that is paid, the lease neither ends nor is renewed again.
 */
export function renew(
  state: BookState,
  command: LeaseOfCaller & { leaseDurationMs: number },
  findEnded: FindEnded,
  nowMs: number,
): Effect<RenewOutcome> {
  const writes: BookWrite[] = [];
  const freed = endExpired(state, nowMs, writes);
  const effect = (outcome: RenewOutcome): Effect<RenewOutcome> => ({
    outcome,
    writes,
    served: serveWaiters(state, freed, nowMs, writes),
  });
  const standing = standingOf(state, command, findEnded, writes, nowMs);
  if (standing.kind === 'uncertain') return effect(standing);
  if (standing.kind !== 'held') return effect({ kind: 'refused', refusal: refusalOf(standing) });
  const { proxy, lease } = standing;
  const attemptId = createLeaseId({ poolNumber: state.poolNumber, nowMs, random: state.random });
  const reference = renewalReference(lease.id, attemptId);
  const expiresAtMs = Math.max(lease.expiresAtMs, nowMs + command.leaseDurationMs);
  lease.renewal = { reference, expiresAtMs, state: 'pending' };
  writes.push({ kind: 'lease', proxy });
  return effect({ kind: 'pending', reference, view: { ...toLeaseView(proxy, lease), expiresAtMs } });
}
