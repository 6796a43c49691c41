import type { EventData } from '../../notifiers/events.schemas.ts';
import { appendToOutbox } from '../../platform/durable/outbox.ts';
import type { AcquireReferences } from './acquire-references.ts';
import type { LedgerFacts, LedgerWrite } from './credit-ledger.model.ts';
import type { JournalEntry, StoredAnswer, TransactionType } from './credit-ledger.types.ts';

interface JournalRow extends Record<string, SqlStorageValue> {
  id: number;
  amount: number;
  type: string;
  description: string;
  reference: string;
  balance_after: number;
  created_at_ms: number;
}

interface AnswerRow extends Record<string, SqlStorageValue> {
  key: string;
  body_hash: string;
  answer: string;
  reference: string;
  balance_after: number;
  created_at_ms: number;
}

const ENTRY_COLUMNS = 'id, amount, type, description, reference, balance_after, created_at_ms';

function toEntry(row: JournalRow): JournalEntry {
  const { id, amount, description, reference } = row;
  return {
    id,
    amount,
    type: row.type as TransactionType,
    description,
    reference,
    balanceAfter: row.balance_after,
    createdAtMs: row.created_at_ms,
  };
}

function toAnswer(row: AnswerRow): StoredAnswer {
  const { key, answer, reference } = row;
  return {
    key,
    answer,
    reference,
    bodyHash: row.body_hash,
    balanceAfter: row.balance_after,
    createdAtMs: row.created_at_ms,
  };
}

/** Keys and switches are few and asked for at every debit: they live in memory beside their rows. */
export interface SpendingGate {
  revokedKeyIds: Set<string>;
  disabled: boolean;
}

export function readSpendingGate(sql: SqlStorage): SpendingGate {
  const keys = sql.exec<{ api_key_id: string }>('SELECT api_key_id FROM revoked_keys').toArray();
  const disabled = sql.exec<{ value: number }>("SELECT value FROM settings WHERE name = 'disabled'").toArray()[0];
  return { revokedKeyIds: new Set(keys.map((row) => row.api_key_id)), disabled: disabled?.value === 1 };
}

export function readLastEntry(sql: SqlStorage): JournalEntry | null {
  const row = sql.exec<JournalRow>(`SELECT ${ENTRY_COLUMNS} FROM journal ORDER BY id DESC LIMIT 1`).toArray()[0];
  return row ? toEntry(row) : null;
}

/** Newest first; `beforeId` continues a list. */
export function readEntries(sql: SqlStorage, limit: number, beforeId: number | null): JournalEntry[] {
  return sql
    .exec<JournalRow>(
      `SELECT ${ENTRY_COLUMNS} FROM journal WHERE id < ? ORDER BY id DESC LIMIT ?`,
      beforeId ?? Number.MAX_SAFE_INTEGER,
      limit,
    )
    .toArray()
    .map(toEntry);
}

/** The facts as the database has them now: to be used within one transaction. */
export function createLedgerFacts(
  sql: SqlStorage,
  acquires: AcquireReferences,
  gate: SpendingGate,
  maxRefundsPerDay: () => number,
): LedgerFacts {
  const acquireEntry = (reference: string) => {
    const id = acquires.find(reference);
    return id === null
      ? undefined
      : sql.exec<JournalRow>(`SELECT ${ENTRY_COLUMNS} FROM journal WHERE id = ?`, id).one();
  };
  const otherEntry = (reference: string) =>
    sql
      .exec<JournalRow>(`SELECT ${ENTRY_COLUMNS} FROM journal WHERE reference = ? AND type <> 'acquire'`, reference)
      .toArray()[0];
  return {
    lastEntry: () => readLastEntry(sql),
    entryOf: (reference, type) => {
      const row = type === 'acquire' ? acquireEntry(reference) : otherEntry(reference);
      return row ? toEntry(row) : null;
    },
    isVoid: (reference) => sql.exec('SELECT 1 FROM voids WHERE reference = ?', reference).toArray().length > 0,
    answerOf: (key) => {
      const row = sql.exec<AnswerRow>('SELECT * FROM answers WHERE key = ?', key).toArray()[0];
      return row ? toAnswer(row) : null;
    },
    isKeyRevoked: (apiKeyId) => gate.revokedKeyIds.has(apiKeyId),
    isDisabled: () => gate.disabled,
    refundsSince: (sinceMs) =>
      sql
        .exec<{ refunds: number }>(
          "SELECT COUNT(*) AS refunds FROM journal WHERE type = 'refund' AND created_at_ms >= ?",
          sinceMs,
        )
        .one().refunds,
    maxRefundsPerDay,
  };
}

/** Performs one write of a decision; the caller holds the transaction. */
export function writeToLedger(sql: SqlStorage, accountId: string, write: LedgerWrite): void {
  switch (write.kind) {
    case 'entry': {
      const { id, amount, type, description, reference, balanceAfter, createdAtMs } = write.entry;
      sql.exec(
        `INSERT INTO journal (${ENTRY_COLUMNS}, idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        amount,
        type,
        description,
        reference,
        balanceAfter,
        createdAtMs,
        write.idempotencyKey,
      );
      return;
    }
    case 'answer': {
      const { key, bodyHash, answer, reference, balanceAfter, createdAtMs } = write.answer;
      sql.exec(
        'REPLACE INTO answers (key, body_hash, answer, reference, balance_after, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
        key,
        bodyHash,
        answer,
        reference,
        balanceAfter,
        createdAtMs,
      );
      return;
    }
    case 'void':
      sql.exec('INSERT INTO voids (reference, created_at_ms) VALUES (?, ?)', write.reference, write.createdAtMs);
      return;
    case 'event': {
      const payload = { account_id: accountId, balance: write.balance } satisfies EventData<typeof write.type>;
      appendToOutbox(sql, { type: write.type, payload, createdAtMs: write.createdAtMs });
    }
  }
}
