/** One step of an object's schema. Steps are appended, never edited: an object's database remembers their ids. */
export interface DurableMigration {
  /** Unique within its list, for example `0001-journal`. */
  id: string;
  /** One or more SQL statements. */
  statements: string;
}

const RECORD_TABLE = 'CREATE TABLE IF NOT EXISTS schema_migrations (position INTEGER PRIMARY KEY, id TEXT NOT NULL)';

/** The steps that are still to run; throws when what ran before is not the beginning of the list. */
export function pendingMigrations(
  recordedIds: readonly string[],
  migrations: readonly DurableMigration[],
): readonly DurableMigration[] {
  for (const [position, recordedId] of recordedIds.entries()) {
    const expectedId = migrations[position]?.id;
    if (expectedId !== recordedId) {
      throw new Error(`schema step ${position} is '${recordedId}' in the database and '${expectedId}' in the code`);
    }
  }
  return migrations.slice(recordedIds.length);
}

/**
 * Brings an object's database to the newest schema, all steps in one transaction. To be called inside
 * `blockConcurrencyWhile`: a mismatch throws and so stops the object from starting.
 */
export function runMigrations(storage: DurableObjectStorage, migrations: readonly DurableMigration[]): void {
  storage.transactionSync(() => {
    storage.sql.exec(RECORD_TABLE);
    const recorded = storage.sql.exec<{ id: string }>('SELECT id FROM schema_migrations ORDER BY position').toArray();
    const pending = pendingMigrations(
      recorded.map((row) => row.id),
      migrations,
    );
    for (const [offset, migration] of pending.entries()) {
      storage.sql.exec(migration.statements);
      storage.sql.exec(
        'INSERT INTO schema_migrations (position, id) VALUES (?, ?)',
        recorded.length + offset,
        migration.id,
      );
    }
  });
}
