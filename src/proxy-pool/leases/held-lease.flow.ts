import { answerBefore, charge } from './charge.flow.ts';
import { type FlowPorts, only } from './flow-ports.ts';
import { release, renew } from './held-lease.model.ts';
import { leasesOf } from './lease-book.model.ts';
import type { LeaseListResult, ReleaseResult, RenewRequest, RenewResult } from './lease-book.types.ts';
import { uncertainReferences } from './lease-charge.model.ts';
import { settleLeases } from './settle.flow.ts';

/** Credits for one renewal, however long. */
export const RENEW_CREDITS = 1;

const UNAVAILABLE = { ok: false, code: 'UNAVAILABLE' } as const;

/**
 * One renewal from end to end, for a caller whose turn it is with the lease. It may stop at any await for ever: a later
 * end that is written but not charged is found uncertain at the next start, and the ledger decides.
 */
export async function renewLease(ports: FlowPorts, request: RenewRequest): Promise<RenewResult> {
  const begin = () => ports.run((state, nowMs) => renew(state, request, ports.findEnded, nowMs));
  let outcome = begin();
  if (outcome.kind === 'uncertain' && (await settleLeases(ports, request.accountId))) outcome = begin();
  if (outcome.kind === 'uncertain') return UNAVAILABLE;
  if (outcome.kind === 'refused') {
    // A retry may come after the lease has ended: its first answer still stands.
    const before = request.idempotency && (await answerBefore(ports, request, request.idempotency));
    return before ?? outcome.refusal;
  }
  const { reference, view } = outcome;
  return charge(ports, request, {
    reference,
    amount: RENEW_CREDITS,
    type: 'renew',
    description: `Lease renewed: ${view.proxy.ip}:${view.proxy.port}`,
    view,
  });
}

/** One release, for a caller whose turn it is with the lease; asked again, it gives the same answer. */
export async function releaseLease(
  ports: FlowPorts,
  request: { accountId: string; leaseId: string },
): Promise<ReleaseResult> {
  const end = () => ports.run((state, nowMs) => release(state, request, ports.findEnded, nowMs));
  let outcome = end();
  if (outcome.kind === 'uncertain' && (await settleLeases(ports, request.accountId))) outcome = end();
  if (outcome.kind === 'uncertain') return UNAVAILABLE;
  if (outcome.kind === 'expired') return { ok: false, code: 'LEASE_EXPIRED' };
  if (outcome.kind === 'dead') return { ok: false, code: 'LEASE_NOT_ACTIVE' };
  if (outcome.kind === 'unknown') return { ok: false, code: 'LEASE_NOT_FOUND' };
  return { ok: true, leaseId: request.leaseId, releasedAtMs: outcome.releasedAtMs };
}

/** An account's live leases, oldest first. After a restart the ledger is asked first: none may seem lost, or shorter. */
export async function listLeases(ports: FlowPorts, accountId: string): Promise<LeaseListResult> {
  const open = ports.run((state) => only(uncertainReferences(state, accountId).size));
  if (open > 0 && !(await settleLeases(ports, accountId))) return UNAVAILABLE;
  return { ok: true, items: ports.run((state, nowMs) => only(leasesOf(state, accountId, nowMs))) };
}
