import type { DebitRequest, DebitType } from '../../../../src/accounts/credits/credit-ledger.types.ts';
import type {
  AcquireRequest,
  AcquireResult,
  RenewRequest,
  RenewResult,
} from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import { isOffered, type Oracle, suits } from './oracle.ts';

/** What an acquire must end with when nothing disturbs it; `wait`: nothing can be said yet. */
export type Expectation =
  | { kind: 'leased'; proxyId: string; balance: number }
  | { kind: 'renewed'; leaseId: string; balance: number }
  | { kind: 'replayed'; leaseId: string; balance: number }
  | { kind: 'refused'; code: string; retryAfterSeconds?: number }
  | { kind: 'wait' };

/** A lease id of now, whatever its number. */
function someLeaseId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-ffffffffffff`;
}

function debitOf(request: AcquireRequest | RenewRequest, type: DebitType, reference: string): DebitRequest {
  const { apiKeyId, idempotency } = request;
  return {
    reference,
    amount: 1,
    type,
    description: 'x',
    apiKeyId,
    idempotency: idempotency && { ...idempotency, answer: '' },
  };
}

/** What an undisturbed debit leads to. */
function expectDebit(oracle: Oracle, accountId: string, debit: DebitRequest, nowMs: number) {
  const result = oracle.ledgerOf(accountId).expectDebit(debit, nowMs);
  if (!result.ok) return { kind: 'refused', code: result.code } as const;
  if (result.outcome === 'granted') return { kind: 'granted', balance: result.balance } as const;
  return { kind: 'replayed', leaseId: result.reference, balance: result.balance } as const;
}

/** The first answer to a request's key, or why there is none; null when the key is new, or there is no key. */
function expectAnswer(oracle: Oracle, request: AcquireRequest | RenewRequest, nowMs: number): Expectation | null {
  const { accountId, apiKeyId, idempotency } = request;
  if (idempotency === null) return null;
  const { key, bodyHash } = idempotency;
  const found = oracle.ledgerOf(accountId).expectLookup({ key, bodyHash, apiKeyId }, nowMs);
  if (!found.ok) return { kind: 'refused', code: found.code };
  return found.outcome === 'replayed' ? { kind: 'replayed', leaseId: found.reference, balance: found.balance } : null;
}

function expectScarcity(oracle: Oracle, request: AcquireRequest, nowMs: number): Expectation {
  if (!oracle.hasMatch(request.filters)) return { kind: 'refused', code: 'NO_MATCHING_PROXY' };
  if (request.waitMs > 0) return { kind: 'wait' };
  const ends = [...oracle.proxies.values()].flatMap(({ row, holder, held }) =>
    isOffered({ row, held }) && holder && suits(row, request.filters) ? [holder.expiresAtMs] : [],
  );
  const retryAfterSeconds = Math.max(1, Math.ceil((Math.min(...ends) - nowMs) / 1_000));
  return { kind: 'refused', code: 'ALL_PROXIES_LEASED', retryAfterSeconds };
}

/** To be asked before the acquire starts. */
export function expectAcquire(oracle: Oracle, request: AcquireRequest, nowMs: number): Expectation {
  const { accountId } = request;
  const mayLease = oracle.heldBy(accountId).length < request.maxLiveLeases;
  const best = mayLease ? oracle.best(request.filters) : undefined;
  if (best !== undefined) {
    const expected = expectDebit(oracle, accountId, debitOf(request, 'acquire', someLeaseId(nowMs)), nowMs);
    return expected.kind === 'granted' ? { kind: 'leased', proxyId: best.row.id, balance: expected.balance } : expected;
  }
  const answer = expectAnswer(oracle, request, nowMs);
  if (answer !== null) return answer;
  if (!mayLease) return { kind: 'refused', code: 'TOO_MANY_LEASES' };
  return expectScarcity(oracle, request, nowMs);
}

function renewRefusal(oracle: Oracle, request: RenewRequest, nowMs: number): string | null {
  const lease = oracle.leases.get(request.leaseId);
  if (lease === undefined || lease.accountId !== request.accountId || !oracle.isCharged(lease))
    return 'LEASE_NOT_FOUND';
  if (lease.gone === 'released' || lease.gone === 'dead') return 'LEASE_NOT_ACTIVE';
  return lease.gone === 'expired' || oracle.knownEndMs(lease) <= nowMs ? 'LEASE_EXPIRED' : null;
}

/** To be asked before the renewal starts, while nothing is under way. */
export function expectRenew(oracle: Oracle, request: RenewRequest, nowMs: number): Expectation {
  const code = renewRefusal(oracle, request, nowMs);
  if (code !== null) return expectAnswer(oracle, request, nowMs) ?? { kind: 'refused', code };
  const { accountId, leaseId } = request;
  const reference = `renew:${leaseId}:${someLeaseId(nowMs)}`;
  const expected = expectDebit(oracle, accountId, debitOf(request, 'renew', reference), nowMs);
  return expected.kind === 'granted' ? { kind: 'renewed', leaseId, balance: expected.balance } : expected;
}

export function matchesExpectation(expected: Expectation, answer: AcquireResult | RenewResult): boolean {
  if (expected.kind === 'wait') return true;
  if (!answer.ok) {
    if (expected.kind !== 'refused' || expected.code !== answer.code) return false;
    return answer.code !== 'ALL_PROXIES_LEASED' || answer.retryAfterSeconds === expected.retryAfterSeconds;
  }
  if (expected.kind === 'refused' || answer.creditsRemaining !== expected.balance) return false;
  if (answer.replayed !== (expected.kind === 'replayed')) return false;
  if (expected.kind === 'leased') return answer.lease.proxy.id === expected.proxyId;
  // A replay of a renewal is booked under its lease and an attempt.
  return expected.leaseId.split(':').includes(answer.lease.leaseId);
}
