import type { DurableMigration } from '../../platform/durable/do-migrations.ts';
import { OUTBOX_STATEMENTS } from '../../platform/durable/outbox.ts';

/**
 * `journal` is append-only and each entry continues the one before: triggers refuse anything else.
 * `acquire` references carry their time and are found by it, so only the others are in the unique index:
 * an acquire writes one row.
 */
export const creditLedgerMigrations: readonly DurableMigration[] = [
  {
    id: '0001-journal',
    statements: `
      CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        amount INTEGER NOT NULL CHECK (amount <> 0),
        type TEXT NOT NULL CHECK (type IN ('signup', 'purchase', 'acquire', 'renew', 'refund', 'adjustment')),
        description TEXT NOT NULL,
        reference TEXT NOT NULL,
        balance_after INTEGER NOT NULL CHECK (balance_after >= 0),
        created_at_ms INTEGER NOT NULL,
        idempotency_key TEXT
      );
      CREATE UNIQUE INDEX journal_reference ON journal (reference) WHERE type <> 'acquire';
      CREATE TRIGGER journal_continues BEFORE INSERT ON journal
      WHEN NEW.balance_after - NEW.amount IS NOT
        CASE NEW.id WHEN 1 THEN 0 ELSE (SELECT balance_after FROM journal WHERE id = NEW.id - 1) END
      BEGIN SELECT RAISE(ABORT, 'a journal entry must continue the one before'); END;
      CREATE TRIGGER journal_unchanged BEFORE UPDATE ON journal
      BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
      CREATE TRIGGER journal_kept BEFORE DELETE ON journal
      BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
      CREATE TABLE answers (
        key TEXT PRIMARY KEY,
        body_hash TEXT NOT NULL,
        answer TEXT NOT NULL,
        reference TEXT NOT NULL,
        balance_after INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE voids (
        reference TEXT PRIMARY KEY,
        created_at_ms INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE revoked_keys (api_key_id TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
      ${OUTBOX_STATEMENTS}
    `,
  },
  {
    // Refunds are counted by the day; nothing else is in it, so nothing else pays for it.
    id: '0002-refunds',
    statements: `CREATE INDEX journal_refunds ON journal (created_at_ms) WHERE type = 'refund';`,
  },
];
