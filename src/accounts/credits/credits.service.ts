import { toTimestamp } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../../platform/http/pagination.ts';
import { createId } from '../../platform/ids.ts';
import type { AccountsService } from '../accounts.service.ts';
import type { Caller } from '../actor.ts';
import type { CreditLedgerClient } from './credit-ledger.client.ts';
import type { JournalEntry } from './credit-ledger.types.ts';

/** What `GET /account/credits` shows (contract, "Settled details"). */
const RECENT_TRANSACTIONS = 50;

interface Dependencies {
  ledgerOf: (accountId: string) => CreditLedgerClient;
  accounts: AccountsService;
}

interface CreditsChange {
  amount: number;
  type: 'purchase' | 'adjustment';
  description: string;
}

export function createCreditsService({ ledgerOf, accounts }: Dependencies) {
  return {
    async overview(caller: Caller) {
      const [{ balance }, { items }] = await Promise.all([
        ledgerOf(caller.accountId).summary(),
        ledgerOf(caller.accountId).transactions({ limit: RECENT_TRANSACTIONS, beforeId: null }),
      ]);
      return { balance, recent_transactions: items.map(renderTransaction) };
    },

    async transactions(caller: Caller, page: { limit: number; cursor?: string | undefined }) {
      const list = await listIdentity('transactions', { account: caller.accountId });
      const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor, 1)[0];
      const [{ items: entries }, { entries: total }] = await Promise.all([
        ledgerOf(caller.accountId).transactions({
          limit: page.limit + 1,
          beforeId: typeof after === 'number' ? after : null,
        }),
        ledgerOf(caller.accountId).summary(),
      ]);
      const shown = entries.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(renderTransaction),
        next_cursor: entries.length > page.limit && last ? encodeCursor(list, [last.id]) : null,
        total_count: total,
      };
    },

    /** Books credits on an account, once for each Idempotency-Key of the admin who gives them. */
    async change(caller: Caller, accountId: string, change: CreditsChange, idempotency: Idempotency | null) {
      await accounts.requireAccount(accountId);
      const reference = idempotency ? `admin:${caller.accountId}:${idempotency.key}` : `admin:${createId()}`;
      const result = await ledgerOf(accountId).credit({ reference, ...change });
      if (result.ok) {
        const { balance, transactionId, replayed } = result;
        return { body: { balance, transaction_id: transactionId }, replayed };
      }
      if (result.code === 'REFERENCE_REUSED') throw appError('IDEMPOTENCY_KEY_REUSED');
      if (result.code === 'BALANCE_WOULD_BE_NEGATIVE') {
        throw appError(result.code, { details: { balance: result.balance } });
      }
      throw appError('VALIDATION_ERROR');
    },
  };
}

function renderTransaction(entry: JournalEntry) {
  return {
    amount: entry.amount,
    tx_type: entry.type,
    description: entry.description,
    created_at: toTimestamp(entry.createdAtMs),
  };
}

export type CreditsService = ReturnType<typeof createCreditsService>;
