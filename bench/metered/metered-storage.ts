import type { RowCounts } from '../../test/support/metered-database.ts';

type ObjectName = 'book' | 'ledger';

const createCounts = () => ({ book: { read: 0, written: 0 }, ledger: { read: 0, written: 0 } });

let counts: Record<ObjectName, RowCounts> = createCounts();

/** Has every statement and alarm of an object's storage counted from now on. An alarm counts as a row, as it is billed. */
export function meterStorage(storage: DurableObjectStorage, name: ObjectName): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  Reflect.set(sql, 'exec', (query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings);
    // A cursor knows what it read only once it was read to its end.
    const results = cursor.toArray();
    counts[name].read += cursor.rowsRead;
    counts[name].written += cursor.rowsWritten;
    return { toArray: () => results, one: () => results[0], [Symbol.iterator]: () => results.values() };
  });
  const setAlarm = storage.setAlarm.bind(storage);
  Reflect.set(storage, 'setAlarm', (...times: Parameters<typeof setAlarm>) => {
    counts[name].written += 1;
    return setAlarm(...times);
  });
}

/** What the objects read and wrote since it was last asked. */
export function takeStorageRows(): Record<ObjectName, RowCounts> {
  const taken = counts;
  counts = createCounts();
  return taken;
}
