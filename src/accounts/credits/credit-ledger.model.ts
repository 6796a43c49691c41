import type {
  AnswerLookup,
  CreditRequest,
  CreditResult,
  DebitRequest,
  DebitResult,
  JournalEntry,
  Settlement,
  StoredAnswer,
  TransactionType,
} from './credit-ledger.types.ts';
import { debitTimeMs, renewedLeaseId } from './reference-time.model.ts';

/** Room for a prepaid year of a large customer, and far below what a number holds exactly. */
export const MAX_ENTRY_CREDITS = 1_000_000_000;
export const MAX_BALANCE_CREDITS = 1_000_000_000_000;
export const MAX_REFERENCE_CHARACTERS = 400;
export const MAX_DESCRIPTION_CHARACTERS = 500;
/** Falling below this raises `credits.low`. */
export const LOW_BALANCE_CREDITS = 10;
/** Answers of idempotent requests are kept this long (contract, "Idempotency"). */
export const ANSWER_KEPT_MS = 24 * 60 * 60 * 1000;
/**
 * How far the clocks of two objects may be apart. A debit from further ahead is refused, so an `acquire` entry is never
 * older than its reference says by more than this: that is where a reference is looked for, without an index on it.
 */
export const MAX_CLOCK_SKEW_MS = 60_000;
/** A lease is debited in the seconds after its id was made, so is a renewal; what comes this late lost its book long ago. */
export const MAX_DEBIT_AGE_MS = 60 * 60 * 1000;
/** An account's refunds are counted over so long (contract, "Pool face"). */
export const REFUND_DAY_MS = 24 * 60 * 60 * 1000;
/** Voids outlive the last debit that they could have to refuse. */
export const VOID_KEPT_MS = 24 * 60 * 60 * 1000;

/** What decisions read. All of it comes from one transaction. */
export interface LedgerFacts {
  lastEntry(): JournalEntry | null;
  /** The entry of this reference: lease ids stand for `acquire` entries, all other references are unique together. */
  entryOf(reference: string, type: TransactionType): JournalEntry | null;
  isVoid(reference: string): boolean;
  answerOf(key: string): StoredAnswer | null;
  isKeyRevoked(apiKeyId: string): boolean;
  isDisabled(): boolean;
  /** Refunds booked since then, itself included. */
  refundsSince(sinceMs: number): number;
  maxRefundsPerDay(): number;
}

export type LedgerWrite =
  | { kind: 'entry'; entry: JournalEntry; idempotencyKey: string | null }
  | { kind: 'answer'; answer: StoredAnswer }
  | { kind: 'void'; reference: string; createdAtMs: number }
  | { kind: 'event'; type: 'credits.low' | 'credits.exhausted'; balance: number; createdAtMs: number };

export interface LedgerDecision<Result> {
  result: Result;
  writes: LedgerWrite[];
}

const refuse = <Result>(result: Result): LedgerDecision<Result> => ({ result, writes: [] });

/** Refuses a debit. When an earlier try of it may still arrive, the reference is void from now on: no is no for ever. */
function refuseDebit(
  facts: LedgerFacts,
  { reference, attempt = 1 }: DebitRequest,
  result: DebitResult,
  nowMs: number,
): LedgerDecision<DebitResult> {
  const writes: LedgerWrite[] =
    attempt > 1 && !facts.isVoid(reference) ? [{ kind: 'void', reference, createdAtMs: nowMs }] : [];
  return { result, writes };
}

function isTextWithin(text: string, maxCharacters: number): boolean {
  return text.length >= 1 && text.length <= maxCharacters;
}

function isAmount(amount: number): boolean {
  return Number.isSafeInteger(amount) && amount !== 0 && Math.abs(amount) <= MAX_ENTRY_CREDITS;
}

/** The journal's time never goes back, whatever the clock does. */
function bookingTimeMs(last: JournalEntry | null, nowMs: number): number {
  return Math.max(nowMs, last?.createdAtMs ?? 0);
}

function balanceEvents(before: number, after: number, createdAtMs: number): LedgerWrite[] {
  const events: LedgerWrite[] = [];
  if (before >= LOW_BALANCE_CREDITS && after < LOW_BALANCE_CREDITS) {
    events.push({ kind: 'event', type: 'credits.low', balance: after, createdAtMs });
  }
  if (before > 0 && after === 0) events.push({ kind: 'event', type: 'credits.exhausted', balance: 0, createdAtMs });
  return events;
}

/** A key or an account that may not spend now. */
function spendingRefusal(facts: LedgerFacts, apiKeyId: string | null) {
  if (facts.isDisabled()) return { ok: false, code: 'ACCOUNT_DISABLED' } as const;
  if (apiKeyId !== null && facts.isKeyRevoked(apiKeyId)) return { ok: false, code: 'KEY_REVOKED' } as const;
  return null;
}

function answered(facts: LedgerFacts, key: string, bodyHash: string, nowMs: number) {
  const stored = facts.answerOf(key);
  if (stored === null || nowMs - stored.createdAtMs >= ANSWER_KEPT_MS) return null;
  if (stored.bodyHash !== bodyHash) return { ok: false, code: 'IDEMPOTENCY_KEY_REUSED' } as const;
  const { reference, answer, balanceAfter } = stored;
  return { ok: true, outcome: 'replayed', reference, answer, balance: balanceAfter } as const;
}

/** Whether a reference's own time lets it be booked now: what comes later than its void is kept would slip through. */
function isTimely(request: DebitRequest, nowMs: number): boolean {
  const madeAtMs = debitTimeMs(request.type, request.reference);
  if (madeAtMs === null) return false;
  return madeAtMs <= nowMs + MAX_CLOCK_SKEW_MS && madeAtMs >= nowMs - MAX_DEBIT_AGE_MS;
}

function isWellFormed(request: DebitRequest): boolean {
  return (
    isAmount(request.amount) &&
    request.amount > 0 &&
    isTextWithin(request.reference, MAX_REFERENCE_CHARACTERS) &&
    isTextWithin(request.description, MAX_DESCRIPTION_CHARACTERS) &&
    debitTimeMs(request.type, request.reference) !== null
  );
}

/**
 * Spends credits once for a reference. Asked again with a booked reference it says `granted` again, whatever has
 * happened since; a void one is never booked. With a key that was answered before nothing is spent.
 */
export function decideDebit(facts: LedgerFacts, request: DebitRequest, nowMs: number): LedgerDecision<DebitResult> {
  if (!isWellFormed(request)) return refuse({ ok: false, code: 'INVALID_REQUEST' });
  const booked = facts.entryOf(request.reference, request.type);
  if (booked !== null) return refuse({ ok: true, outcome: 'granted', balance: booked.balanceAfter });
  const no = (result: DebitResult) => refuseDebit(facts, request, result, nowMs);
  const last = facts.lastEntry();
  const createdAtMs = bookingTimeMs(last, nowMs);
  if (facts.isVoid(request.reference) || !isTimely(request, nowMs)) return no({ ok: false, code: 'VOID' });
  const spending = spendingRefusal(facts, request.apiKeyId);
  if (spending !== null) return no(spending);
  const { idempotency } = request;
  const first = idempotency && answered(facts, idempotency.key, idempotency.bodyHash, createdAtMs);
  if (first) return no(first);
  const balance = last?.balanceAfter ?? 0;
  if (balance < request.amount) return no({ ok: false, code: 'INSUFFICIENT_CREDITS', balance });

  const balanceAfter = balance - request.amount;
  const { reference, type, description } = request;
  const entry = {
    id: (last?.id ?? 0) + 1,
    amount: -request.amount,
    type,
    description,
    reference,
    balanceAfter,
    createdAtMs,
  };
  const writes: LedgerWrite[] = [{ kind: 'entry', entry, idempotencyKey: idempotency?.key ?? null }];
  if (idempotency) writes.push({ kind: 'answer', answer: { ...idempotency, reference, balanceAfter, createdAtMs } });
  writes.push(...balanceEvents(balance, balanceAfter, createdAtMs));
  return { result: { ok: true, outcome: 'granted', balance: balanceAfter }, writes };
}

/** Whether a key was answered, without spending anything. */
export function decideLookup(
  facts: LedgerFacts,
  request: { key: string; bodyHash: string; apiKeyId: string | null },
  nowMs: number,
): AnswerLookup {
  const spending = spendingRefusal(facts, request.apiKeyId);
  if (spending !== null) return spending;
  const lookedUpAtMs = bookingTimeMs(facts.lastEntry(), nowMs);
  return answered(facts, request.key, request.bodyHash, lookedUpAtMs) ?? { ok: true, outcome: 'unknown' };
}

function isCreditWellFormed(request: CreditRequest): boolean {
  return (
    isAmount(request.amount) &&
    (request.amount > 0 || request.type === 'adjustment') &&
    isTextWithin(request.reference, MAX_REFERENCE_CHARACTERS) &&
    isTextWithin(request.description, MAX_DESCRIPTION_CHARACTERS)
  );
}

function isBeyondRefunds(facts: LedgerFacts, atMs: number): boolean {
  return facts.refundsSince(atMs - REFUND_DAY_MS + 1) >= facts.maxRefundsPerDay();
}

/** Refuses a refund for good: an earlier try of it may still arrive, when the day is over. */
function refuseRefund(facts: LedgerFacts, reference: string, nowMs: number): LedgerDecision<CreditResult> {
  const writes: LedgerWrite[] = facts.isVoid(reference) ? [] : [{ kind: 'void', reference, createdAtMs: nowMs }];
  return { result: { ok: false, code: 'TOO_MANY_REFUNDS' }, writes };
}

/** Books a credit, or an adjustment of either sign, once for a reference. */
export function decideCredit(facts: LedgerFacts, request: CreditRequest, nowMs: number): LedgerDecision<CreditResult> {
  if (!isCreditWellFormed(request)) return refuse({ ok: false, code: 'INVALID_REQUEST' });
  const booked = facts.entryOf(request.reference, request.type);
  if (booked !== null) {
    const same =
      booked.amount === request.amount && booked.type === request.type && booked.description === request.description;
    if (!same) return refuse({ ok: false, code: 'REFERENCE_REUSED' });
    return refuse({ ok: true, balance: booked.balanceAfter, transactionId: booked.id, replayed: true });
  }
  const last = facts.lastEntry();
  const balance = last?.balanceAfter ?? 0;
  const balanceAfter = balance + request.amount;
  if (balanceAfter < 0) return refuse({ ok: false, code: 'BALANCE_WOULD_BE_NEGATIVE', balance });
  if (balanceAfter > MAX_BALANCE_CREDITS) return refuse({ ok: false, code: 'INVALID_REQUEST' });
  const createdAtMs = bookingTimeMs(last, nowMs);
  if (request.type === 'refund' && (facts.isVoid(request.reference) || isBeyondRefunds(facts, createdAtMs))) {
    return refuseRefund(facts, request.reference, nowMs);
  }
  const { amount, type, description, reference } = request;
  const entry = { id: (last?.id ?? 0) + 1, amount, type, description, reference, balanceAfter, createdAtMs };
  return {
    result: { ok: true, balance: balanceAfter, transactionId: entry.id, replayed: false },
    writes: [{ kind: 'entry', entry, idempotencyKey: null }, ...balanceEvents(balance, balanceAfter, createdAtMs)],
  };
}

/** Ends all doubt about debits: each reference is booked, or void from now on. The order of answers is that of the references. */
export function decideSettle(
  facts: LedgerFacts,
  references: readonly string[],
  nowMs: number,
): LedgerDecision<Settlement[]> {
  const writes = new Map<string, LedgerWrite>();
  const result = references.map((reference): Settlement => {
    const type = renewedLeaseId(reference) === null ? 'acquire' : 'renew';
    if (facts.entryOf(reference, type) !== null) return 'charged';
    if (!facts.isVoid(reference)) writes.set(reference, { kind: 'void', reference, createdAtMs: nowMs });
    return 'void';
  });
  return { result, writes: [...writes.values()] };
}
