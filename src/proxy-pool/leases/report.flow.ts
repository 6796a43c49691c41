import { refundReference } from '../../accounts/credits/reference-time.model.ts';
import { ACQUIRE_CREDITS } from './acquire.flow.ts';
import type { OwedRefund } from './book-state.model.ts';
import { type FlowPorts, only } from './flow-ports.ts';
import type { Refund, ReportRequest, ReportResult } from './lease-book.types.ts';
import { concludeRefund, endAsDead, standingOfReported } from './reported-lease.model.ts';
import { settleLeases } from './settle.flow.ts';

const UNAVAILABLE = { ok: false, code: 'UNAVAILABLE' } as const;

/** Refunds paid in one go; what is beyond is paid at the next. */
export const MAX_REFUNDS_PER_ROUND = 500;

/** Has a refund booked, once however often it is asked for. Null when nobody knows whether it was: it stays owed. */
async function pay(ports: FlowPorts, { leaseId, accountId }: OwedRefund): Promise<Refund | null> {
  try {
    const result = await ports.ledgerOf(accountId).credit({
      reference: refundReference(leaseId),
      amount: ACQUIRE_CREDITS,
      type: 'refund',
      description: `Refund: the proxy of lease ${leaseId} failed our checks`,
    });
    const refund: Refund = result.ok ? { paid: true, balance: result.balance } : { paid: false, balance: null };
    ports.run((state) => concludeRefund(state, leaseId, refund));
    return refund;
  } catch {
    ports.settleSoon();
    return null;
  }
}

/** Pays what was owed when a book died, or a ledger could not be reached. False when something remains owed. */
export async function payOwedRefunds(ports: FlowPorts): Promise<boolean> {
  const owed = ports.run((state) => only([...state.owedRefunds.values()]));
  let allPaid = owed.length <= MAX_REFUNDS_PER_ROUND;
  for (const refund of owed.slice(0, MAX_REFUNDS_PER_ROUND)) {
    if ((await pay(ports, refund)) === null) allPaid = false;
  }
  return allPaid;
}

/** The alarm's round: all that a ledger has yet to say. False when something stays open. */
export async function settleBook(ports: FlowPorts): Promise<boolean> {
  const settled = await settleLeases(ports);
  return (await payOwedRefunds(ports)) && settled;
}

/**
 * What a book has to do with a report, for a caller whose turn it is with the lease: to say how it stands, and, once its
 * proxy failed our own checks, to end it and give the credit back. The lease ends first; that its credit is owed stands
 * in the same row, so a book may die at any await: the refund comes at the next start, or when it is asked for again.
 */
export async function reportLease(ports: FlowPorts, request: ReportRequest): Promise<ReportResult> {
  const { accountId, leaseId, confirmed } = request;
  const decide = () =>
    ports.run((state, nowMs) =>
      confirmed === null
        ? standingOfReported(state, request, ports.findEnded, nowMs)
        : endAsDead(state, { accountId, leaseId, ...confirmed }, ports.findEnded, nowMs),
    );
  let outcome = decide();
  if (outcome.kind === 'uncertain' && (await settleLeases(ports, accountId))) outcome = decide();
  if (outcome.kind === 'uncertain') return UNAVAILABLE;
  if (outcome.kind === 'refused') return outcome.refusal;
  const { proxyId } = outcome;
  if (outcome.kind === 'held') {
    return { ok: true, standing: 'held', proxyId, acquiredAtMs: outcome.acquiredAtMs, nowMs: ports.nowMs() };
  }
  const refund = outcome.refund ?? (await pay(ports, { leaseId, accountId, proxyId }));
  return refund === null ? UNAVAILABLE : { ok: true, standing: 'dead', proxyId, refund };
}
