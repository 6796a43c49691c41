import type {
  AnswerLookup,
  CreditRequest,
  CreditResult,
  DebitRequest,
  DebitResult,
  Settlement,
} from '../../accounts/credits/credit-ledger.types.ts';
import type { BookState, Effect, PendingLease, Refused } from './book-state.model.ts';
import type { FindEnded } from './held-lease.model.ts';
import type { Waiter } from './wait-queue.model.ts';

/** One account's ledger, as far as a book needs it. A throw means that nobody knows whether it happened. */
export interface LedgerPort {
  debit(request: DebitRequest): Promise<DebitResult>;
  lookupAnswer(request: { key: string; bodyHash: string; apiKeyId: string | null }): Promise<AnswerLookup>;
  credit(request: CreditRequest): Promise<CreditResult>;
  settle(references: readonly string[]): Promise<{ settlements: Settlement[] }>;
}

/** What the flows need of the object around them. */
export interface FlowPorts {
  /** Runs a command, stores what it wrote and answers its waiters, all in one turn. */
  run<Outcome>(command: (state: BookState, nowMs: number) => Effect<Outcome>): Outcome;
  waitFor(waiter: Waiter): Promise<PendingLease | Refused>;
  findEnded: FindEnded;
  ledgerOf(accountId: string): LedgerPort;
  nowMs(): number;
  /** Asks the ledgers about what is uncertain before long. */
  settleSoon(): void;
}

/** A command that stores nothing and concerns no waiter. */
export function only<Outcome>(outcome: Outcome): Effect<Outcome> {
  return { outcome, writes: [], served: [] };
}
