/** What a journal entry is for (contract, "Pool face"). */
export const transactionTypes = ['signup', 'purchase', 'acquire', 'renew', 'refund', 'adjustment'] as const;
export type TransactionType = (typeof transactionTypes)[number];
export type DebitType = 'acquire' | 'renew';
export type CreditType = Exclude<TransactionType, DebitType>;

/** One entry of the append-only journal. */
export interface JournalEntry {
  /** 1, 2, 3 … in the order of booking. */
  id: number;
  /** Credits; negative when spent. */
  amount: number;
  type: TransactionType;
  description: string;
  /** What was booked: a lease id for `acquire`, one and an attempt for `renew`, one for `refund`; none is booked twice. */
  reference: string;
  balanceAfter: number;
  /** Never smaller than that of the entry before. */
  createdAtMs: number;
}

export interface DebitIdempotency {
  key: string;
  /** Hash of the request: the same key with another one is refused. */
  bodyHash: string;
  /** Stored with the entry and given back for the same key and hash. Opaque to the ledger; no plain secret in it. */
  answer: string;
}

export interface DebitRequest {
  /** A lease id (UUID v7) for `acquire`, a `renewalReference` for `renew`. */
  reference: string;
  amount: number;
  type: DebitType;
  description: string;
  /** The caller's key, so that a revoked one stops spending at once; null for the built-in admin. */
  apiKeyId: string | null;
  idempotency: DebitIdempotency | null;
  /** Which try of this debit it is, from 1. A try that its caller gave up may still arrive, after a later one. */
  attempt?: number;
}

export type DebitRefusal =
  | { ok: false; code: 'INSUFFICIENT_CREDITS'; balance: number }
  | { ok: false; code: 'IDEMPOTENCY_KEY_REUSED' }
  | { ok: false; code: 'KEY_REVOKED' }
  | { ok: false; code: 'ACCOUNT_DISABLED' }
  /** The reference is void, or too old or too far ahead to be booked: nothing was charged, and never will be. */
  | { ok: false; code: 'VOID' }
  | { ok: false; code: 'INVALID_REQUEST' };

export type DebitResult =
  | { ok: true; outcome: 'granted'; balance: number }
  /** The key was answered before: nothing is charged for this reference. `balance` is that after the first charge. */
  | { ok: true; outcome: 'replayed'; reference: string; answer: string; balance: number }
  | DebitRefusal;

export type AnswerLookup =
  | { ok: true; outcome: 'unknown' }
  | { ok: true; outcome: 'replayed'; reference: string; answer: string; balance: number }
  | { ok: false; code: 'IDEMPOTENCY_KEY_REUSED' }
  | { ok: false; code: 'KEY_REVOKED' }
  | { ok: false; code: 'ACCOUNT_DISABLED' };

export interface CreditRequest {
  reference: string;
  /** Above zero; an `adjustment` may be below. */
  amount: number;
  type: CreditType;
  description: string;
}

export type CreditResult =
  | { ok: true; balance: number; transactionId: number; replayed: boolean }
  | { ok: false; code: 'BALANCE_WOULD_BE_NEGATIVE'; balance: number }
  /** A refund beyond those that an account gets in a day. */
  | { ok: false; code: 'TOO_MANY_REFUNDS' }
  | { ok: false; code: 'REFERENCE_REUSED' }
  | { ok: false; code: 'INVALID_REQUEST' };

/** Of each reference asked about: booked, or void for ever from now on. */
export type Settlement = 'charged' | 'void';

export interface SettleResult {
  ok: true;
  /** In the order of the references. */
  settlements: Settlement[];
}

export interface TransactionsResult {
  ok: true;
  /** Newest first. */
  items: JournalEntry[];
}

export interface LedgerSummary {
  ok: true;
  balance: number;
  entries: number;
  disabled: boolean;
}

export interface Done {
  ok: true;
}

export interface StoredAnswer {
  key: string;
  bodyHash: string;
  answer: string;
  reference: string;
  balanceAfter: number;
  createdAtMs: number;
}
