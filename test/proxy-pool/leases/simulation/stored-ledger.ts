import type { LedgerDecision, LedgerFacts, LedgerWrite } from '../../../../src/accounts/credits/credit-ledger.model.ts';
import type { JournalEntry, StoredAnswer } from '../../../../src/accounts/credits/credit-ledger.types.ts';

/** A ledger's rows: what `credit-ledger.storage.ts` and its triggers do, over maps. */
export function createStoredLedger() {
  const journal: JournalEntry[] = [];
  const answers = new Map<string, StoredAnswer>();
  const voids = new Set<string>();
  const revoked = new Set<string>();

  const facts: LedgerFacts = {
    lastEntry: () => journal.at(-1) ?? null,
    entryOf: (reference, type) =>
      journal.find((entry) => entry.reference === reference && (entry.type === 'acquire') === (type === 'acquire')) ??
      null,
    isVoid: (reference) => voids.has(reference),
    answerOf: (key) => answers.get(key) ?? null,
    isKeyRevoked: (apiKeyId) => revoked.has(apiKeyId),
    isDisabled: () => false,
  };

  const write = (item: LedgerWrite): void => {
    if (item.kind === 'answer') answers.set(item.answer.key, item.answer);
    if (item.kind === 'void') {
      if (voids.has(item.reference)) throw new Error('UNIQUE constraint failed: voids.reference');
      voids.add(item.reference);
    }
    if (item.kind === 'entry') {
      const before = journal.at(-1)?.balanceAfter ?? 0;
      const continues = item.entry.id === journal.length + 1 && before + item.entry.amount === item.entry.balanceAfter;
      if (!continues || item.entry.balanceAfter < 0) throw new Error('a journal entry must continue the one before');
      journal.push(item.entry);
    }
  };

  return {
    facts,
    revoke: (apiKeyId: string): void => void revoked.add(apiKeyId),
    /** Writes what was decided, as the object does in one transaction. */
    perform<Result>(decision: LedgerDecision<Result>): Result {
      for (const item of decision.writes) write(item);
      return decision.result;
    },
    entries: (): readonly JournalEntry[] => journal,
  };
}

export type StoredLedger = ReturnType<typeof createStoredLedger>;
