import { answerBefore, charge } from './charge.flow.ts';
import type { FlowPorts } from './flow-ports.ts';
import { type AcquireCommand, acquire } from './lease-book.model.ts';
import type { AcquireRequest, AcquireResult } from './lease-book.types.ts';

/** Credits for one lease. */
export const ACQUIRE_CREDITS = 1;

/**
 * One acquire from end to end. It may stop at any await for ever: a lease that is written but not charged is found
 * uncertain at the next start, and the ledger decides.
 */
export async function acquireLease(ports: FlowPorts, request: AcquireRequest): Promise<AcquireResult> {
  const { accountId, filters, leaseDurationMs, maxLiveLeases, waiterId, idempotency } = request;
  const deadlineAtMs = ports.nowMs() + request.waitMs;
  const command: AcquireCommand = {
    accountId,
    filters,
    leaseDurationMs,
    maxLiveLeases,
    waiterId,
    deadlineAtMs,
    mustCheckAnswer: idempotency !== null,
  };
  let outcome = ports.run((state, nowMs) => acquire(state, command, nowMs));
  if (outcome.kind === 'check_answer' && idempotency !== null) {
    const before = await answerBefore(ports, request, idempotency);
    if (before !== null) return before;
    outcome = ports.run((state, nowMs) => acquire(state, { ...command, mustCheckAnswer: false }, nowMs));
  }
  if (outcome.kind === 'wait') outcome = await ports.waitFor(outcome.waiter);
  if (outcome.kind === 'refused') return outcome.refusal;
  if (outcome.kind !== 'pending') return { ok: false, code: 'UNAVAILABLE' };
  const { view } = outcome;
  return charge(ports, request, {
    reference: view.leaseId,
    amount: ACQUIRE_CREDITS,
    type: 'acquire',
    description: `Proxy acquired: ${view.proxy.ip}:${view.proxy.port}`,
    view,
  });
}
