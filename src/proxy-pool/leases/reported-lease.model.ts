import type { BookState, BookWrite, Effect, OwedRefund } from './book-state.model.ts';
import { type FindEnded, type LeaseOfCaller, type Standing, standingOf } from './held-lease.model.ts';
import { endExpired, endForGood, serveWaiters } from './lease-book.model.ts';
import type { Refund, ReportRefusal, ReportRequest } from './lease-book.types.ts';

export type ReportedOutcome =
  | { kind: 'held'; proxyId: string; acquiredAtMs: number }
  /** It ended because of a report; the refund is null while the ledger has yet to say. */
  | { kind: 'dead'; proxyId: string; refund: Refund | null }
  | { kind: 'refused'; refusal: ReportRefusal }
  /** Whether it is the caller's is still open: settle first, then ask again. */
  | { kind: 'uncertain' };

function outcomeOf(standing: Standing): ReportedOutcome {
  switch (standing.kind) {
    case 'held':
      return { kind: 'held', proxyId: standing.proxy.id, acquiredAtMs: standing.lease.acquiredAtMs };
    case 'dead':
    case 'uncertain':
      return standing;
    case 'expired':
      return { kind: 'refused', refusal: { ok: false, code: 'LEASE_EXPIRED' } };
    case 'released':
      return { kind: 'refused', refusal: { ok: false, code: 'LEASE_NOT_ACTIVE' } };
    case 'unknown':
      return { kind: 'refused', refusal: { ok: false, code: 'LEASE_NOT_FOUND' } };
  }
}

/** How a lease stands that somebody has something to tell of; changes nothing but what time does. */
export function standingOfReported(
  state: BookState,
  command: LeaseOfCaller,
  findEnded: FindEnded,
  nowMs: number,
): Effect<ReportedOutcome> {
  const writes: BookWrite[] = [];
  const freed = endExpired(state, nowMs, writes);
  const outcome = outcomeOf(standingOf(state, command, findEnded, writes, nowMs));
  return { outcome, writes, served: serveWaiters(state, freed, nowMs, writes) };
}

/**
 * Ends a lease whose proxy failed our own checks, and writes down, with its end, that its credit is owed. One that was
 * reported in time and ran out while its proxy was being checked is owed it too.
 */
export function endAsDead(
  state: BookState,
  command: LeaseOfCaller & NonNullable<ReportRequest['confirmed']>,
  findEnded: FindEnded,
  nowMs: number,
): Effect<ReportedOutcome> {
  const writes: BookWrite[] = [];
  const freed = endExpired(state, nowMs, writes);
  const standing = standingOf(state, command, findEnded, writes, nowMs);
  const ranOut = standing.kind === 'expired' && command.reportedAtMs < standing.expiredAtMs;
  let outcome = outcomeOf(standing);
  if (standing.kind === 'held' || ranOut) {
    const { accountId, leaseId, proxyId } = command;
    if (standing.kind === 'held' && endForGood(state, standing.proxy, standing.lease, 'dead', nowMs, writes)) {
      freed.push(standing.proxy);
    }
    const owed: OwedRefund = { leaseId, accountId, proxyId };
    state.owedRefunds.set(leaseId, owed);
    writes.push({ kind: 'refund_owed', owed });
    outcome = { kind: 'dead', proxyId, refund: null };
  }
  return { outcome, writes, served: serveWaiters(state, freed, nowMs, writes) };
}

/** The ledger has booked a refund, or refused it for good. Harmless when done before. */
export function concludeRefund(state: BookState, leaseId: string, refund: Refund): Effect<null> {
  const wasOwed = state.owedRefunds.delete(leaseId);
  return { outcome: null, writes: wasOwed ? [{ kind: 'refund_done', leaseId, refund }] : [], served: [] };
}
