import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';
import { startEdge } from '../../dev/edge.ts';
import { projectRoot, wranglerEntry } from '../../dev/project.ts';
import { testBindings } from './bindings.ts';

/** Kept by tests that need a Worker with a port of its own; see `startWorkerProcess`. */
export interface WorkerProcess {
  /** Where clients, and the lab's proxies, reach the Worker: the edge stand-in before it. */
  baseUrl: string;
  adminKey: string;
  miniflare: Miniflare;
  database: D1Database;
  /** As a client, with the admin's key: JSON in, JSON out. */
  call<Body = unknown>(method: string, path: string, json?: unknown): Promise<{ status: number; body: Body }>;
  /** Runs the jobs of the cron of each minute. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

function runWrangler(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [wranglerEntry, ...args], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`wrangler failed:\n${output.join('')}`))));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function bundle(directory: string): Promise<{ type: 'ESModule' | 'CompiledWasm'; path: string }[]> {
  await runWrangler(['deploy', '--dry-run', '--outdir', directory]);
  const names = await readdir(directory);
  const wasm = names.filter((name) => name.endsWith('.wasm'));
  return [
    { type: 'ESModule', path: join(directory, 'index.js') },
    ...wasm.map((name) => ({ type: 'CompiledWasm' as const, path: join(directory, name) })),
  ];
}

async function migrate(database: D1Database): Promise<void> {
  const directory = join(projectRoot, 'migrations');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names) {
    const statements = (await readFile(join(directory, name), 'utf8')).replaceAll(/--[^\n]*/g, '').split(/;\s*\n/);
    await database.batch(statements.filter((text) => text.trim() !== '').map((text) => database.prepare(text)));
  }
}

/**
 * Starts the bundled Worker as it would be deployed: real queues, cron by `tick()`, D1 migrated, behind the edge stand-in
 * on a loopback port, so that proxies can reach its judge. For tests in Node; stop it at the end.
 */
export async function startWorkerProcess(vars: Record<string, string> = {}): Promise<WorkerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
  const port = await freePort();
  const edge = await startEdge({ port: 0, workerPort: port });
  const baseUrl = `http://127.0.0.1:${edge.port}`;
  const modules = await bundle(directory);
  const { workerOptions } = miniflareOptionsOf(join(projectRoot, 'wrangler.toml'));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      name: 'switchyard',
      host: '127.0.0.1',
      port,
      modules,
      modulesRoot: directory,
      bindings: { ...Object(workerOptions.bindings), ...testBindings, JUDGE_URL: `${baseUrl}/judge`, ...vars },
      log: new NoOpLog(),
    }),
  );
  await miniflare.ready;
  const database: D1Database = await miniflare.getD1Database('DB');
  await migrate(database);
  const adminKey = testBindings.ADMIN_API_KEY;
  return {
    baseUrl,
    adminKey,
    miniflare,
    database,
    async call(method, path, json) {
      const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
      const init = json === undefined ? { method, headers } : { method, headers, body: JSON.stringify(json) };
      const response = await fetch(`${baseUrl}${path}`, init);
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    async tick() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: '* * * * *' });
    },
    async stop() {
      await edge.close();
      await miniflare.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
