import type { DebitRequest } from '../../../../src/accounts/credits/credit-ledger.types.ts';
import type { AcquireRequest, AcquireResult } from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import type { Oracle } from './oracle.ts';

/** What an acquire must end with when nothing disturbs it; `wait`: nothing can be said yet. */
export type Expectation =
  | { kind: 'leased'; proxyId: string; balance: number }
  | { kind: 'replayed'; leaseId: string; balance: number }
  | { kind: 'refused'; code: string; retryAfterSeconds?: number }
  | { kind: 'wait' };

/** A lease id of now, whatever its number. */
function someLeaseId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-ffffffffffff`;
}

function expectDebit(oracle: Oracle, request: AcquireRequest, proxyId: string, nowMs: number): Expectation {
  const debit: DebitRequest = {
    reference: someLeaseId(nowMs),
    amount: 1,
    type: 'acquire',
    description: 'x',
    apiKeyId: request.apiKeyId,
    idempotency: request.idempotency && { ...request.idempotency, answer: '' },
  };
  const result = oracle.ledgerOf(request.accountId).expectDebit(debit, nowMs);
  if (!result.ok) return { kind: 'refused', code: result.code };
  if (result.outcome === 'granted') return { kind: 'leased', proxyId, balance: result.balance };
  return { kind: 'replayed', leaseId: result.reference, balance: result.balance };
}

function expectScarcity(oracle: Oracle, request: AcquireRequest, nowMs: number): Expectation {
  if (!oracle.hasMatch(request.filters)) return { kind: 'refused', code: 'NO_MATCHING_PROXY' };
  if (request.waitMs > 0) return { kind: 'wait' };
  const { protocol, country, anonymity, minScore } = request.filters;
  const ends = [...oracle.proxies.values()].flatMap(({ row, holder }) => {
    const suits =
      row.leasable &&
      (protocol ?? row.protocol) === row.protocol &&
      (country ?? row.country) === row.country &&
      (anonymity ?? row.anonymity) === row.anonymity &&
      row.score >= (minScore ?? 0);
    return suits && holder ? [holder.expiresAtMs] : [];
  });
  const retryAfterSeconds = Math.max(1, Math.ceil((Math.min(...ends) - nowMs) / 1_000));
  return { kind: 'refused', code: 'ALL_PROXIES_LEASED', retryAfterSeconds };
}

/** To be asked before the acquire starts. */
export function expectAcquire(oracle: Oracle, request: AcquireRequest, nowMs: number): Expectation {
  const mayLease = oracle.heldBy(request.accountId).length < request.maxLiveLeases;
  const best = mayLease ? oracle.best(request.filters) : undefined;
  if (best !== undefined) return expectDebit(oracle, request, best.row.id, nowMs);
  if (request.idempotency !== null) {
    const { key, bodyHash } = request.idempotency;
    const found = oracle.ledgerOf(request.accountId).expectLookup({ key, bodyHash, apiKeyId: request.apiKeyId }, nowMs);
    if (!found.ok) return { kind: 'refused', code: found.code };
    if (found.outcome === 'replayed') return { kind: 'replayed', leaseId: found.reference, balance: found.balance };
  }
  if (!mayLease) return { kind: 'refused', code: 'TOO_MANY_LEASES' };
  return expectScarcity(oracle, request, nowMs);
}

export function matchesExpectation(expected: Expectation, answer: AcquireResult): boolean {
  if (expected.kind === 'wait') return true;
  if (!answer.ok) {
    if (expected.kind !== 'refused' || expected.code !== answer.code) return false;
    return answer.code !== 'ALL_PROXIES_LEASED' || answer.retryAfterSeconds === expected.retryAfterSeconds;
  }
  if (expected.kind === 'refused' || answer.creditsRemaining !== expected.balance) return false;
  return expected.kind === 'leased'
    ? !answer.replayed && answer.lease.proxy.id === expected.proxyId
    : answer.replayed && answer.lease.leaseId === expected.leaseId;
}
