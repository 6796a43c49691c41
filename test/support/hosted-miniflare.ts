import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';
import { buildAssets } from '../../dev/assets.ts';
import { projectRoot, wranglerEntry } from '../../dev/project.ts';
import { readMigrations } from '../../dev/start/migrate.ts';

/** What `wrangler deploy` calls the product's entry. */
export const PRODUCT_MAIN = 'index.js';

export interface MiniflareOptions {
  /** A `wrangler.toml`: bindings, compatibility date, flags. */
  configFile: string;
  /** Where the modules lie, and which of them is the Worker. */
  directory: string;
  main: string;
  bindings: Record<string, string>;
  /** Databases and objects are kept there; in memory without. */
  stateDirectory?: string;
  /** Of Miniflare's own door; 0 takes a free one. */
  port: number;
  /** Of a socket straight into the Worker, beside that door. */
  directPort?: number;
}

/**
 * Bundles a Worker as a deployment would: that of a `wrangler.toml`, or another entry with the same bindings. Returns the
 * name of its main module. Throws with wrangler's words when it fails.
 */
export async function bundleWorker(
  directory: string,
  from: { configFile: string; entry?: string | undefined },
): Promise<string> {
  buildAssets();
  const entry = from.entry === undefined ? [] : [from.entry];
  const args = [wranglerEntry, 'deploy', ...entry, '--config', from.configFile, '--dry-run', '--outdir', directory];
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the bundle failed:\n${output.join('')}`);
  const [main] = (await readdir(directory)).filter((name) => name.endsWith('.js'));
  if (main === undefined) throw new Error('the bundle has no module');
  return main;
}

/** Bundles the product; its main module is PRODUCT_MAIN. */
export async function bundleProduct(directory: string): Promise<void> {
  await bundleWorker(directory, { configFile: 'wrangler.toml' });
}

/** The modules of a bundle as Miniflare takes them, the main one first. */
export async function modulesOf(directory: string, main: string) {
  const names = await readdir(directory);
  const scripts = names.filter((name) => name.endsWith('.js') && name !== main);
  const endingIn = (ending: string): string[] => names.filter((name) => name.endsWith(ending));
  return [
    ...[main, ...scripts].map((name) => ({ type: 'ESModule' as const, path: join(directory, name) })),
    ...endingIn('.wasm').map((name) => ({ type: 'CompiledWasm' as const, path: join(directory, name) })),
    ...endingIn('.bin').map((name) => ({ type: 'Data' as const, path: join(directory, name) })),
  ];
}

/** The statements of all migrations of D1, in order. */
export async function migrationStatements(): Promise<string[]> {
  return (
    (await readMigrations())
      // A trigger's statements are indented, and stay together with its END.
      .flatMap(({ text }) => text.replaceAll(/--[^\n]*/g, '').split(/;\s*\n(?!\s|END)/))
      .filter((statement) => statement.trim() !== '')
  );
}

/** Runs a bundled Worker in a workerd of its own, below this process; `dispose` ends it. */
export async function startMiniflare(options: MiniflareOptions): Promise<Miniflare> {
  const { configFile, directory, main, bindings, stateDirectory, port, directPort } = options;
  const { workerOptions } = miniflareOptionsOf(configFile);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      name: 'hosted',
      host: '127.0.0.1',
      port,
      modules: await modulesOf(directory, main),
      modulesRoot: directory,
      bindings: { ...Object(workerOptions.bindings), ...bindings },
      ...(stateDirectory === undefined ? {} : { resourcePersistencePath: stateDirectory }),
      ...(directPort === undefined ? {} : { unsafeDirectSockets: [{ host: '127.0.0.1', port: directPort }] }),
      log: new NoOpLog(),
    }),
  );
  await miniflare.ready;
  return miniflare;
}

/** Runs statements in the Worker's D1, in one batch. */
export async function runStatements(miniflare: Miniflare, statements: readonly string[]): Promise<void> {
  const database: D1Database = await miniflare.getD1Database('DB');
  await database.batch(statements.map((statement) => database.prepare(statement)));
}

/** Runs the jobs of the cron of each minute. */
export async function runMinuteCron(miniflare: Miniflare): Promise<void> {
  const worker = await miniflare.getWorker();
  await worker.scheduled({ cron: '* * * * *' });
}
