import type {
  AnswerLookup,
  DebitRequest,
  DebitResult,
  Settlement,
} from '../../accounts/credits/credit-ledger.types.ts';
import type { BookState, Effect, PendingLease, Refused } from './book-state.model.ts';
import { type AcquireCommand, acquire, confirm, doubt, drop, uncertainLeases } from './lease-book.model.ts';
import type { AcquireRefusal, AcquireRequest, AcquireResult, LeaseIdempotency, LeaseView } from './lease-book.types.ts';
import type { Waiter } from './wait-queue.model.ts';

/** Credits for one lease. */
export const ACQUIRE_CREDITS = 1;
/** Leases asked about in one call to a ledger. */
export const MAX_SETTLE_BATCH = 500;
/** Ledgers asked at once: below the platform's six connections of an object. */
export const MAX_PARALLEL_SETTLES = 4;

/** One account's ledger, as far as a book needs it. A throw means that nobody knows whether it happened. */
export interface LedgerPort {
  debit(request: DebitRequest): Promise<DebitResult>;
  lookupAnswer(request: { key: string; bodyHash: string; apiKeyId: string | null }): Promise<AnswerLookup>;
  settle(references: readonly string[]): Promise<{ settlements: Settlement[] }>;
}

/** What the flows need of the object around them. */
export interface FlowPorts {
  /** Runs a command, stores what it wrote and answers its waiters, all in one turn. */
  run<Outcome>(command: (state: BookState, nowMs: number) => Effect<Outcome>): Outcome;
  waitFor(waiter: Waiter): Promise<PendingLease | Refused>;
  ledgerOf(accountId: string): LedgerPort;
  nowMs(): number;
  /** Asks the ledgers about uncertain leases before long. */
  settleSoon(): void;
}

const only = <Outcome>(outcome: Outcome): Effect<Outcome> => ({ outcome, writes: [], served: [] });

function replay(stored: { answer: string; balance: number }): AcquireResult {
  const lease: LeaseView = JSON.parse(stored.answer);
  return { ok: true, lease, creditsRemaining: stored.balance, replayed: true };
}

/** The first answer to a key, a refusal of it, or null when the key is new. */
async function answerBefore(
  ports: FlowPorts,
  request: AcquireRequest,
  idempotency: LeaseIdempotency,
): Promise<AcquireResult | null> {
  try {
    const { key, bodyHash } = idempotency;
    const found = await ports.ledgerOf(request.accountId).lookupAnswer({ key, bodyHash, apiKeyId: request.apiKeyId });
    if (!found.ok) return found;
    return found.outcome === 'replayed' ? replay(found) : null;
  } catch {
    return { ok: false, code: 'UNAVAILABLE' };
  }
}

function toRefusal(result: Extract<DebitResult, { ok: false }>): AcquireRefusal {
  return result.code === 'VOID' || result.code === 'INVALID_REQUEST' ? { ok: false, code: 'UNAVAILABLE' } : result;
}

/** Has a pending lease charged; it becomes the caller's, or it never was. */
async function charge(ports: FlowPorts, request: AcquireRequest, view: LeaseView): Promise<AcquireResult> {
  let result: DebitResult;
  try {
    result = await ports.ledgerOf(request.accountId).debit({
      reference: view.leaseId,
      amount: ACQUIRE_CREDITS,
      type: 'acquire',
      description: `Proxy acquired: ${view.proxy.ip}:${view.proxy.port}`,
      apiKeyId: request.apiKeyId,
      idempotency: request.idempotency && { ...request.idempotency, answer: JSON.stringify(view) },
    });
  } catch {
    ports.run((state) => only(doubt(state, view.leaseId)));
    ports.settleSoon();
    return { ok: false, code: 'UNAVAILABLE' };
  }
  if (result.ok && result.outcome === 'granted') {
    ports.run((state) => only(confirm(state, view.leaseId)));
    return { ok: true, lease: view, creditsRemaining: result.balance, replayed: false };
  }
  ports.run((state, nowMs) => drop(state, [view.leaseId], nowMs));
  if (!result.ok) return toRefusal(result);
  const { reference } = result;
  ports.run((state) => only(confirm(state, reference)));
  return replay(result);
}

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
  if (outcome.kind === 'pending') return charge(ports, request, outcome.view);
  return outcome.kind === 'refused' ? outcome.refusal : { ok: false, code: 'UNAVAILABLE' };
}

async function settleBatch(ports: FlowPorts, accountId: string, leaseIds: readonly string[]): Promise<boolean> {
  try {
    const { settlements } = await ports.ledgerOf(accountId).settle(leaseIds);
    const withFate = (fate: Settlement) => leaseIds.filter((_, index) => settlements[index] === fate);
    ports.run((state, nowMs) => {
      for (const leaseId of withFate('charged')) confirm(state, leaseId);
      return drop(state, withFate('void'), nowMs);
    });
    return settlements.length === leaseIds.length;
  } catch {
    return false;
  }
}

/** Asks the ledgers about all uncertain leases, or those of one account. False when some remain uncertain. */
export async function settleLeases(ports: FlowPorts, onlyAccountId?: string): Promise<boolean> {
  const uncertain = ports.run((state) => only(uncertainLeases(state, onlyAccountId)));
  const batches = [...uncertain].flatMap(([accountId, leaseIds]) =>
    Array.from({ length: Math.ceil(leaseIds.length / MAX_SETTLE_BATCH) }, (_, index) => ({
      accountId,
      leaseIds: leaseIds.slice(index * MAX_SETTLE_BATCH, (index + 1) * MAX_SETTLE_BATCH),
    })),
  );
  let allSettled = true;
  for (let start = 0; start < batches.length; start += MAX_PARALLEL_SETTLES) {
    const settled = await Promise.all(
      batches
        .slice(start, start + MAX_PARALLEL_SETTLES)
        .map(({ accountId, leaseIds }) => settleBatch(ports, accountId, leaseIds)),
    );
    allSettled &&= settled.every(Boolean);
  }
  return allSettled;
}
