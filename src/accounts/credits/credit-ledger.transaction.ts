import type { LedgerDecision, LedgerWrite } from './credit-ledger.model.ts';

/** What of an object's storage this needs. */
export interface TransactionStorage {
  /** Runs it whole or, when it throws, not at all. */
  transactionSync<Result>(work: () => Result): Result;
}

/** Decides and writes in one transaction: a crash or a throw takes all of it back, never a part. */
export function decideAndWrite<Result>(
  storage: TransactionStorage,
  decide: () => LedgerDecision<Result>,
  write: (item: LedgerWrite) => void,
): LedgerDecision<Result> {
  return storage.transactionSync(() => {
    const decision = decide();
    for (const item of decision.writes) write(item);
    return decision;
  });
}
