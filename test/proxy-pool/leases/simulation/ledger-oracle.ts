import type {
  AnswerLookup,
  CreditRequest,
  CreditResult,
  DebitRequest,
  DebitResult,
  Settlement,
} from '../../../../src/accounts/credits/credit-ledger.types.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;

interface Answer {
  reference: string;
  bodyHash: string;
  text: string;
  balance: number;
  atMs: number;
}

/** What one account's ledger must say, written down independently of the product: the smallest thing that is right. */
export function createLedgerOracle(maxRefundsPerDay: number) {
  const charged = new Map<string, number>();
  const voids = new Set<string>();
  const revoked = new Set<string>();
  const answers = new Map<string, Answer>();
  /** When each refund was booked, and the balance after it, by its reference. */
  const refunds = new Map<string, { atMs: number; balance: number }>();
  let balance = 0;
  let granted = 0;

  const before = (key: string, bodyHash: string, nowMs: number) => {
    const answer = answers.get(key);
    if (answer === undefined || nowMs - answer.atMs >= DAY_MS) return null;
    if (answer.bodyHash !== bodyHash) return { ok: false, code: 'IDEMPOTENCY_KEY_REUSED' } as const;
    const { reference, text, balance: then } = answer;
    return { ok: true, outcome: 'replayed', reference, answer: text, balance: then } as const;
  };

  const refusal = (request: DebitRequest, nowMs: number): DebitResult | null => {
    // A lease id, or the attempt that stands last in a renewal's reference: both begin with their time.
    const timed = request.reference.split(':').at(-1) ?? '';
    const madeAtMs = Number.parseInt(timed.replaceAll('-', '').slice(0, 12), 16);
    if (voids.has(request.reference) || nowMs - madeAtMs > HOUR_MS) return { ok: false, code: 'VOID' };
    if (request.apiKeyId !== null && revoked.has(request.apiKeyId)) return { ok: false, code: 'KEY_REVOKED' };
    const first = request.idempotency && before(request.idempotency.key, request.idempotency.bodyHash, nowMs);
    if (first) return first;
    return balance < request.amount ? { ok: false, code: 'INSUFFICIENT_CREDITS', balance } : null;
  };

  return {
    /** What a debit would say now, changing nothing. */
    expectDebit(request: DebitRequest, nowMs: number): DebitResult {
      const already = charged.get(request.reference);
      if (already !== undefined) return { ok: true, outcome: 'granted', balance: already };
      return refusal(request, nowMs) ?? { ok: true, outcome: 'granted', balance: balance - request.amount };
    },
    /** True when this debit is the one that charges its reference. */
    debit(request: DebitRequest, nowMs: number): boolean {
      if (charged.has(request.reference)) return false;
      if (refusal(request, nowMs) !== null) {
        // An earlier try may still be under way: it must find the door closed.
        if ((request.attempt ?? 1) > 1) voids.add(request.reference);
        return false;
      }
      balance -= request.amount;
      charged.set(request.reference, balance);
      const { reference, idempotency } = request;
      if (idempotency) {
        const { key, bodyHash, answer: text } = idempotency;
        answers.set(key, { reference, bodyHash, text, balance, atMs: nowMs });
      }
      return true;
    },
    expectLookup(request: { key: string; bodyHash: string; apiKeyId: string | null }, nowMs: number): AnswerLookup {
      if (request.apiKeyId !== null && revoked.has(request.apiKeyId)) return { ok: false, code: 'KEY_REVOKED' };
      return before(request.key, request.bodyHash, nowMs) ?? { ok: true, outcome: 'unknown' };
    },
    settle(references: readonly string[]): Settlement[] {
      return references.map((reference) => {
        if (charged.has(reference)) return 'charged';
        voids.add(reference);
        return 'void';
      });
    },
    /** What a refund would say now, but for the number of its entry. */
    expectRefund(request: CreditRequest, nowMs: number): CreditResult | { ok: true; balance: number } {
      const booked = refunds.get(request.reference);
      if (booked !== undefined) return { ok: true, balance: booked.balance };
      if (voids.has(request.reference)) return { ok: false, code: 'TOO_MANY_REFUNDS' };
      const ofTheDay = [...refunds.values()].filter(({ atMs }) => nowMs - atMs < DAY_MS);
      if (ofTheDay.length >= maxRefundsPerDay) return { ok: false, code: 'TOO_MANY_REFUNDS' };
      return { ok: true, balance: balance + request.amount };
    },
    /** True when this is the one that gives the credit back. */
    refund(request: CreditRequest, nowMs: number): boolean {
      const expected = this.expectRefund(request, nowMs);
      // No is no for ever.
      if (!expected.ok) voids.add(request.reference);
      if (refunds.has(request.reference) || !expected.ok) return false;
      balance += request.amount;
      refunds.set(request.reference, { atMs: nowMs, balance });
      return true;
    },
    isRefunded: (reference: string): boolean => refunds.has(reference),
    refundedReferences: (): string[] => [...refunds.keys()],
    grant(amount: number): void {
      granted += amount;
      balance += amount;
    },
    revoke: (apiKeyId: string): void => void revoked.add(apiKeyId),
    isCharged: (reference: string): boolean => charged.has(reference),
    isVoid: (reference: string): boolean => voids.has(reference),
    balance: (): number => balance,
    granted: (): number => granted,
    chargedReferences: (): string[] => [...charged.keys()],
  };
}

export type LedgerOracle = ReturnType<typeof createLedgerOracle>;
