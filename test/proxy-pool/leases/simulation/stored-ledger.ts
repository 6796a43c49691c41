import type { LedgerDecision, LedgerFacts, LedgerWrite } from '../../../../src/accounts/credits/credit-ledger.model.ts';
import type { JournalEntry, StoredAnswer } from '../../../../src/accounts/credits/credit-ledger.types.ts';
import type { Heart } from './heart.ts';

/** A ledger's rows: what `credit-ledger.storage.ts` and its triggers do, over maps. */
export function createStoredLedger(maxRefundsPerDay: number) {
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
    refundsSince: (sinceMs) =>
      journal.filter((entry) => entry.type === 'refund' && entry.createdAtMs >= sinceMs).length,
    maxRefundsPerDay: () => maxRefundsPerDay,
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

  /** Set while it is to die: at the second row that it writes, or before a transaction with one row stands. */
  let writesBeforeDeath: number | null = null;
  const writeUnlessDead = (item: LedgerWrite): void => {
    if (writesBeforeDeath === 0) throw new Error('the ledger died');
    if (writesBeforeDeath !== null) writesBeforeDeath -= 1;
    write(item);
  };
  const storage = {
    transactionSync<Result>(work: () => Result): Result {
      if (writesBeforeDeath === null) return work();
      const before = { entries: journal.length, answers: [...answers], voids: [...voids] };
      try {
        const result = work();
        if (writesBeforeDeath === 1) return result;
        throw new Error('the ledger died');
      } catch (error) {
        journal.splice(before.entries);
        answers.clear();
        for (const [key, answer] of before.answers) answers.set(key, answer);
        voids.clear();
        for (const reference of before.voids) voids.add(reference);
        throw error;
      }
    },
  };

  return {
    facts,
    revoke: (apiKeyId: string): void => void revoked.add(apiKeyId),
    /** Decides and writes as the object does. A ledger that dies throws, and comes back as its rows have it. */
    perform<Result>(heart: Heart, decide: () => LedgerDecision<Result>, dies = false): Result {
      writesBeforeDeath = dies ? 1 : null;
      try {
        return heart.transaction.decideAndWrite(storage, decide, writeUnlessDead).result;
      } finally {
        writesBeforeDeath = null;
      }
    },
    entries: (): readonly JournalEntry[] => journal,
  };
}

export type StoredLedger = ReturnType<typeof createStoredLedger>;
