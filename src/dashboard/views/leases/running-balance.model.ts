import type { Transaction } from '../../../api-client/pool.types.ts';

export interface BalancePoint {
  transaction: Transaction;
  /** The balance right after it. */
  balanceAfter: number;
}

/** The balance after each of the newest transactions, newest first, counted back from the balance now. */
export function runningBalance(balance: number, newestFirst: readonly Transaction[]): BalancePoint[] {
  let after = balance;
  return newestFirst.map((transaction) => {
    const point = { transaction, balanceAfter: after };
    after -= transaction.amount;
    return point;
  });
}
