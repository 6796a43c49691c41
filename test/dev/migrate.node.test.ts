import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../dev/project.ts';
import { migrateLocally } from '../../dev/start/migrate.ts';

const LIMIT_MS = 120_000;

let state = '';
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'switchyard-migrate-'));
});
afterAll(() => rm(state, { recursive: true, force: true }));

/** The one database of the state. */
async function openDatabase(): Promise<DatabaseSync> {
  const names = await readdir(state, { recursive: true });
  const files = names.filter((name) => name.endsWith('.sqlite') && !name.includes('metadata'));
  expect(files).toHaveLength(1);
  return new DatabaseSync(join(state, files[0] ?? ''));
}

async function readAll(): Promise<{ applied: string[]; moments: string[]; tables: string[]; schema: string }> {
  const database = await openDatabase();
  const texts = (sql: string): string[] =>
    database
      .prepare(sql)
      .all()
      .map(({ text }) => String(text));
  const read = {
    applied: texts('SELECT name AS text FROM d1_migrations ORDER BY name'),
    moments: texts('SELECT DISTINCT applied_at AS text FROM d1_migrations'),
    tables: texts("SELECT name AS text FROM sqlite_master WHERE type = 'table'"),
    schema: texts("SELECT coalesce(sql, '') AS text FROM sqlite_master ORDER BY name").join('\n'),
  };
  database.close();
  return read;
}

test(
  'a new database gets all migrations at once, as wrangler would have applied them; one that is there gets what is new',
  async () => {
    await migrateLocally(state);
    const first = await readAll();
    const migrations = (await readdir(join(projectRoot, 'migrations'))).filter((name) => name.endsWith('.sql'));
    expect(first.applied).toEqual(migrations.sort());
    expect(first.tables).toEqual(expect.arrayContaining(['proxies', 'accounts', 'check_samples', 'routing_targets']));
    // One by one they take several seconds.
    expect(first.moments.length).toBeLessThanOrEqual(2);
    expect(await readdir(state)).toEqual(['v3']);

    // As it was without one of them.
    const database = await openDatabase();
    database.exec("DELETE FROM d1_migrations WHERE name = '0021_check_history.sql'; DROP TABLE check_samples");
    for (const column of ['passed', 'failed', 'inconclusive']) {
      database.exec(`ALTER TABLE pool_averages DROP COLUMN ${column}`);
    }
    database.close();
    await migrateLocally(state);
    const { applied, tables, schema } = await readAll();
    expect(applied).toEqual(first.applied);
    expect(tables.sort()).toEqual(first.tables.sort());
    expect(schema).toBe(first.schema);
  },
  LIMIT_MS,
);
