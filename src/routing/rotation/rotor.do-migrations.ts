import type { DurableMigration } from '../../platform/durable/do-migrations.ts';

/** A checkout stands in its IP's row, and no column has an index: beginning or ending one writes that row alone. */
export const rotorMigrations: readonly DurableMigration[] = [
  {
    id: '0001-rotation',
    statements: `
      CREATE TABLE ips (
        address TEXT PRIMARY KEY,
        provider TEXT NOT NULL,
        proxy_id TEXT,
        use_sequence INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        held_until_ms INTEGER NOT NULL,
        quarantined_until_ms INTEGER,
        checkout_id TEXT,
        granted_at_ms INTEGER,
        lapses_at_ms INTEGER,
        hold_ms INTEGER,
        queue_ms INTEGER,
        counts TEXT NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE rotation (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    `,
  },
];
