import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  type DurableMigration,
  pendingMigrations,
  runMigrations,
} from '../../../src/platform/durable/do-migrations.ts';

const first: DurableMigration = {
  id: '0001-a',
  statements: 'CREATE TABLE a (x INTEGER); CREATE INDEX a_by_x ON a (x);',
};
const second: DurableMigration = { id: '0002-b', statements: 'ALTER TABLE a ADD COLUMN y TEXT;' };
const broken: DurableMigration = {
  id: '0003-c',
  statements: 'CREATE TABLE c (x INTEGER); CREATE TABLE c (x INTEGER);',
};

/** The storage of an object whose own schema is out of the way. */
async function inFreshStorage(test: (storage: DurableObjectStorage) => void): Promise<void> {
  const stub = env.LOG_BOOK.getByName(crypto.randomUUID());
  await runInDurableObject(stub, (_instance, state) => {
    for (const table of ['lines', 'schema_migrations']) state.storage.sql.exec(`DROP TABLE ${table}`);
    test(state.storage);
  });
}

function recordedIds({ sql }: DurableObjectStorage): string[] {
  return sql
    .exec<{ id: string }>('SELECT id FROM schema_migrations ORDER BY position')
    .toArray()
    .map(({ id }) => id);
}

function tables({ sql }: DurableObjectStorage): string[] {
  return sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('a', 'c')")
    .toArray()
    .map(({ name }) => name);
}

describe('the schema of an object', () => {
  it('takes what is still to run, in order, and each step once', async () => {
    await inFreshStorage((storage) => {
      runMigrations(storage, [first]);
      storage.sql.exec('INSERT INTO a (x) VALUES (1)');
      runMigrations(storage, [first, second]);
      runMigrations(storage, [first, second]);
      expect(recordedIds(storage)).toEqual(['0001-a', '0002-b']);
      expect(storage.sql.exec('SELECT x, y FROM a').toArray()).toEqual([{ x: 1, y: null }]);
    });
  });

  it('is as it was when one of the steps fails', async () => {
    await inFreshStorage((storage) => {
      runMigrations(storage, [first]);
      expect(() => runMigrations(storage, [first, second, broken])).toThrow(/c already exists/);
      expect([recordedIds(storage), tables(storage)]).toEqual([['0001-a'], ['a']]);
      expect(() => storage.sql.exec('SELECT y FROM a')).toThrow(/no such column/);
      runMigrations(storage, [first, second]);
      expect(recordedIds(storage)).toEqual(['0001-a', '0002-b']);
    });
  });

  it('stops an object whose database is of other code: steps renamed, reordered or gone', () => {
    expect(pendingMigrations([], [first, second])).toEqual([first, second]);
    expect(pendingMigrations(['0001-a'], [first, second])).toEqual([second]);
    expect(pendingMigrations(['0001-a', '0002-b'], [first, second])).toEqual([]);
    expect(() => pendingMigrations(['0001-z'], [first, second])).toThrow("'0001-z' in the database");
    expect(() => pendingMigrations(['0002-b', '0001-a'], [first, second])).toThrow(/step 0/);
    expect(() => pendingMigrations(['0001-a', '0002-b'], [first])).toThrow("step 1 is '0002-b'");
  });

  it('of a running object has its steps recorded, and they are not run again when it wakes', async () => {
    const stub = env.LOG_BOOK.getByName(crypto.randomUUID());
    await stub.append([{ process: 'scraper', level: 'info', message: 'kept', atMs: 1 }]);
    await evictDurableObject(stub);
    expect((await stub.newest(['scraper'], 10)).lines).toHaveLength(1);
    await runInDurableObject(stub, (_instance, state) =>
      expect(recordedIds(state.storage)).toEqual(['0001-lines', '0002-requests', '0003-requests-forgotten']),
    );
  });
});
