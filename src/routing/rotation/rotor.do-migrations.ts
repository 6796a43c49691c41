import type { DurableMigration } from '../../platform/durable/do-migrations.ts';

/** A checkout stands in its IP's row, and nothing has an index: beginning or ending one writes that row alone. */
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
  {
    // Nobody asks for one of these columns: taking them out of what was written cost more than all else of a write.
    id: '0002-states-as-json',
    statements: `
      CREATE TABLE ip_states (address TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
      INSERT INTO ip_states (address, state)
      SELECT address, json_object(
        'provider', provider, 'proxyId', proxy_id, 'useSequence', use_sequence, 'failures', failures,
        'heldUntilMs', held_until_ms, 'quarantinedUntilMs', quarantined_until_ms,
        'checkout', CASE WHEN checkout_id IS NULL THEN json('null') ELSE json_object(
          'id', checkout_id, 'grantedAtMs', granted_at_ms, 'lapsesAtMs', lapses_at_ms, 'holdMs', hold_ms,
          'queueMs', queue_ms) END,
        'counts', json(counts))
      FROM ips;
      DROP TABLE ips;
    `,
  },
];
