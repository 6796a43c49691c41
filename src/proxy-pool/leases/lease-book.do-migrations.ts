import type { DurableMigration } from '../../platform/durable/do-migrations.ts';
import { OUTBOX_STATEMENTS } from '../../platform/durable/outbox.ts';

/** A lease lives in its proxy's row, and no column has an index: starting or ending one writes that row alone. */
export const leaseBookMigrations: readonly DurableMigration[] = [
  {
    id: '0001-book',
    statements: `
      CREATE TABLE proxies (
        id TEXT PRIMARY KEY,
        ip TEXT NOT NULL,
        port INTEGER NOT NULL,
        protocol TEXT NOT NULL,
        country TEXT,
        anonymity TEXT,
        score_hundredths INTEGER NOT NULL,
        latency_ms REAL,
        username TEXT,
        password_sealed TEXT,
        leasable INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        lease_sequence INTEGER NOT NULL DEFAULT 0,
        lease_id TEXT,
        lease_account_id TEXT,
        acquired_at_ms INTEGER,
        expires_at_ms INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE ended_leases (
        lease_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        how TEXT NOT NULL CHECK (how IN ('released', 'expired')),
        ended_at_ms INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE book (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
      ${OUTBOX_STATEMENTS}
    `,
  },
  {
    // An end that is written but not known to be paid for: at most one a lease, so it stands in the same row.
    id: '0002-renewals',
    statements: `
      ALTER TABLE proxies ADD COLUMN renewal_reference TEXT;
      ALTER TABLE proxies ADD COLUMN renewal_expires_at_ms INTEGER;
    `,
  },
  {
    // A lease whose proxy was dead, and the refund of it, in one row: what is owed is found at the start of a book.
    id: '0003-refunds',
    statements: `
      ALTER TABLE ended_leases RENAME TO ended_leases_before;
      CREATE TABLE ended_leases (
        lease_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        how TEXT NOT NULL CHECK (how IN ('released', 'expired', 'dead')),
        ended_at_ms INTEGER NOT NULL,
        proxy_id TEXT,
        refund TEXT CHECK (refund IN ('owed', 'paid', 'refused')),
        refund_balance INTEGER
      ) WITHOUT ROWID;
      INSERT INTO ended_leases (lease_id, account_id, how, ended_at_ms)
        SELECT lease_id, account_id, how, ended_at_ms FROM ended_leases_before;
      DROP TABLE ended_leases_before;
      CREATE INDEX refunds_owed ON ended_leases (lease_id) WHERE refund = 'owed';
    `,
  },
  {
    // Whether routing has it; the revision of the list that says so is a value of the book.
    id: '0004-holds',
    statements: 'ALTER TABLE proxies ADD COLUMN held INTEGER NOT NULL DEFAULT 0;',
  },
];
