import { ANSWER_KEPT_MS, VOID_KEPT_MS } from './credit-ledger.model.ts';

/** Journal entries looked at in one go: well under a second of an object's time. */
export const MAX_PURGE_ENTRIES = 20_000;

interface PurgeRow extends Record<string, SqlStorageValue> {
  id: number;
  idempotency_key: string | null;
  created_at_ms: number;
}

/** Whether there is anything that will have to be forgotten some day. */
export function hasPurgeable(sql: SqlStorage): boolean {
  const { found } = sql
    .exec<{ found: number }>('SELECT EXISTS (SELECT 1 FROM answers) OR EXISTS (SELECT 1 FROM voids) AS found')
    .one();
  return found === 1;
}

function purgedThroughId(sql: SqlStorage): number {
  const row = sql.exec<{ value: number }>("SELECT value FROM settings WHERE name = 'purged_through_id'").toArray()[0];
  return row?.value ?? 0;
}

/**
 * Forgets answers and voids that are past their time, in bulk. Answers have no index on their time: the journal, which
 * has their keys in order of time, leads to them. True when there is more that is past its time.
 */
export function purgeLedger(storage: DurableObjectStorage, nowMs: number): boolean {
  const { sql } = storage;
  return storage.transactionSync(() => {
    sql.exec('DELETE FROM voids WHERE created_at_ms < ?', nowMs - VOID_KEPT_MS);
    const cutoffMs = nowMs - ANSWER_KEPT_MS;
    const rows = sql
      .exec<PurgeRow>(
        'SELECT id, idempotency_key, created_at_ms FROM journal WHERE id > ? ORDER BY id LIMIT ?',
        purgedThroughId(sql),
        MAX_PURGE_ENTRIES,
      )
      .toArray();
    const past = rows.filter((row) => row.created_at_ms < cutoffMs);
    const last = past.at(-1);
    if (last === undefined) return false;
    const keys = past.flatMap((row) => (row.idempotency_key === null ? [] : [row.idempotency_key]));
    sql.exec(
      'DELETE FROM answers WHERE key IN (SELECT value FROM json_each(?)) AND created_at_ms < ?',
      JSON.stringify(keys),
      cutoffMs,
    );
    sql.exec("REPLACE INTO settings (name, value) VALUES ('purged_through_id', ?)", last.id);
    return past.length === MAX_PURGE_ENTRIES;
  });
}
