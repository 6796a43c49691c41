import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot, UserError, wranglerEntry } from '../project.ts';
import { type ProcessGroup, startGroup } from './process-group.ts';

/** What wrangler writes down of the migrations that it has applied. */
const RECORDS = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);`;

/** The migrations of D1, in their order. */
export async function readMigrations(): Promise<{ name: string; text: string }[]> {
  const directory = join(projectRoot, 'migrations');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(directory, name), 'utf8') })));
}

/** All migrations, each with its record, as wrangler would apply them one by one. */
async function allMigrations(): Promise<string> {
  const recorded = (await readMigrations()).map(({ name, text }) => {
    return `${text}\nINSERT INTO d1_migrations (name) VALUES ('${name}');\n`;
  });
  return [RECORDS, ...recorded].join('\n');
}

async function runWrangler(args: readonly string[]): Promise<{ code: number; group: ProcessGroup }> {
  const group = startGroup(wranglerEntry, ['d1', ...args], () => {});
  const code = await group.ended;
  await group.stop();
  return { code, group };
}

/** Gives a database that is not there yet all migrations in one transaction. False: it has none of them. */
async function createDatabase(stateDirectory: string, local: readonly string[]): Promise<boolean> {
  const file = join(stateDirectory, 'migrations.sql');
  await mkdir(stateDirectory, { recursive: true });
  await writeFile(file, await allMigrations());
  const { code } = await runWrangler(['execute', 'DB', ...local, '--file', file, '--yes']);
  await rm(file);
  return code === 0;
}

/**
 * Brings the local D1 to the newest schema. Throws UserError with wrangler's words when it fails. A new one gets all of it at
 * once: one by one each migration takes a runtime of its own, half a second on a fast machine.
 */
export async function migrateLocally(stateDirectory: string): Promise<void> {
  const local = ['--local', '--persist-to', stateDirectory];
  const isNew = !existsSync(join(stateDirectory, 'v3', 'd1'));
  if (isNew && (await createDatabase(stateDirectory, local))) return;
  const { code, group } = await runWrangler(['migrations', 'apply', 'DB', ...local]);
  if (code !== 0) throw new UserError(`The migrations failed:\n${group.lastLines().join('\n')}`);
}
