import type { RowCounts } from '../../test/support/metered-database.ts';

type ObjectName = 'book' | 'ledger';

let cursors: { name: ObjectName; cursor: SqlStorageCursor<Record<string, SqlStorageValue>> }[] = [];
let alarms: Record<ObjectName, number> = { book: 0, ledger: 0 };

/** Has every statement and alarm of an object's storage counted from now on. */
export function meterStorage(storage: DurableObjectStorage, name: ObjectName): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  Reflect.set(sql, 'exec', (query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings);
    cursors.push({ name, cursor });
    return cursor;
  });
  const setAlarm = storage.setAlarm.bind(storage);
  Reflect.set(storage, 'setAlarm', (...times: Parameters<typeof setAlarm>) => {
    alarms[name] += 1;
    return setAlarm(...times);
  });
}

/** What the objects read and wrote since it was last asked. An alarm that is set counts as one row, as it is billed. */
export function takeStorageRows(): Record<ObjectName, RowCounts> {
  const counts = { book: { read: 0, written: alarms.book }, ledger: { read: 0, written: alarms.ledger } };
  // A cursor knows what it read only once it was read to its end, so all are asked now.
  for (const { name, cursor } of cursors) {
    counts[name].read += cursor.rowsRead;
    counts[name].written += cursor.rowsWritten;
  }
  cursors = [];
  alarms = { book: 0, ledger: 0 };
  return counts;
}
