import type { Credits } from '../../../api-client/pool.types.ts';

export interface Spending {
  /** Credits that went in the window, refunds taken off. */
  spent: number;
  /** True when the ledger's newest entries do not reach back that far: it was this much or more. */
  isAtLeast: boolean;
}

const SPENDING_TYPES: readonly string[] = ['acquire', 'renew', 'refund'];

/** What leases cost since a point in time, from the newest entries of the ledger. */
export function spendingSince(credits: Credits, sinceMs: number, entriesInAnswer: number): Spending {
  const { recent_transactions: entries } = credits;
  const recent = entries.filter(({ created_at: at }) => Date.parse(at) >= sinceMs);
  const cost = recent
    .filter(({ tx_type: type }) => SPENDING_TYPES.includes(type))
    .reduce((sum, { amount }) => sum - amount, 0);
  return { spent: cost, isAtLeast: entries.length >= entriesInAnswer && recent.length === entries.length };
}
