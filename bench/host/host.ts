import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { Pool } from 'undici';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';
import { projectRoot } from '../../dev/project.ts';
import { claimPort } from '../../dev/start/ports.ts';
import { testBindings } from '../../test/support/bindings.ts';
import { bundleWorker, migrationStatements, modulesOf } from '../../test/support/hosted-miniflare.ts';
import { childrenRunning } from '../measure/process-figures.ts';

/** Requests that the bench has under way at once, and connections that it keeps open for them. */
export const MAX_CONNECTIONS = 32;

export type WorkerName = 'product' | 'metered' | 'floor';

/** What each Worker is bundled from: a `wrangler.toml`, and the entry when it is not the one named there. */
const WORKERS: Record<WorkerName, { configFile: string; entry?: string }> = {
  product: { configFile: 'wrangler.toml' },
  metered: { configFile: 'wrangler.toml', entry: 'bench/metered/metered.worker.ts' },
  floor: { configFile: 'bench/floor/wrangler.toml' },
};

/** Credits for all acquires of a bench; leases are never refused for their number. */
const VARIABLES = {
  ...testBindings,
  SIGNUP_CREDITS: '1000000',
  MAX_LIVE_LEASES: '100000',
  // Due again at once: a check's round follows the last one.
  CHECK_INTERVAL_SECONDS: '10',
};

export interface HostedPart {
  url: string;
  call<Body>(method: 'GET' | 'POST', path: string, options?: { key?: string; json?: unknown }): Promise<Body>;
  /** The text at a path, as whoever these headers stand for. */
  text(path: string, headers?: Record<string, string>): Promise<string>;
}

/** One workerd with some Workers in it, each behind a socket of its own. */
export interface Host {
  miniflare: Miniflare;
  workerdPid: number;
  part(name: WorkerName): HostedPart;
  stop(): Promise<void>;
}

interface HostOptions {
  workers: readonly WorkerName[];
  inspectorPort?: number;
  /** Of V8, for the whole process. */
  v8Flags?: string;
  /** Of the product, over those of every bench. */
  variables?: Record<string, string>;
}

async function workerOptionsOf(name: WorkerName, directory: string, own: Record<string, string>) {
  const { configFile, entry } = WORKERS[name];
  const bundle = join(directory, name);
  const main = await bundleWorker(bundle, { configFile, entry });
  // Only now: a port that is claimed long before it is used may be somebody else's by then.
  const port = await claimPort(0);
  // Static files would put a Worker of the tools' own between the socket and the product.
  const { assets: _assets, ...options } = miniflareOptionsOf(join(projectRoot, configFile)).workerOptions;
  // An object that leaves memory while the bench does something else would be timed, or weighed, without what it holds.
  const durableObjects = Object.fromEntries(
    Object.entries(Object(options.durableObjects)).map(([binding, object]) => [
      binding,
      { ...Object(object), unsafePreventEviction: true },
    ]),
  );
  const variables = { ...VARIABLES, JUDGE_URL: `http://127.0.0.1:${port}/judge`, ...own };
  return {
    ...options,
    name,
    durableObjects,
    modules: await modulesOf(bundle, main),
    modulesRoot: bundle,
    // The proxies of the bench say who they are, in place of the edge.
    stripCfConnectingIp: false,
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    bindings: { ...Object(options.bindings), ...(name === 'floor' ? {} : variables) },
  };
}

function connect(url: string): HostedPart & { close(): Promise<void> } {
  // workerd closes what is idle for 5 s; a request must not meet that.
  const pool = new Pool(url, { connections: MAX_CONNECTIONS, keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 });
  async function ask(method: 'GET' | 'POST', path: string, headers: Record<string, string>, body: string | null) {
    const response = await pool.request({ method, path, headers, body });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return text;
  }
  return {
    url,
    text: (path, headers = {}) => ask('GET', path, headers, null),
    async call<Body>(method: 'GET' | 'POST', path: string, { key, json }: { key?: string; json?: unknown } = {}) {
      const headers = {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const text = await ask(method, path, headers, json === undefined ? null : JSON.stringify(json));
      return (text === '' ? null : JSON.parse(text)) as Body;
    },
    close: () => pool.close(),
  };
}

/** Runs something while workerd's V8 gets these flags; the tools take them from nowhere but the environment. */
async function withV8Flags<Result>(flags: string | undefined, work: () => Promise<Result>): Promise<Result> {
  if (flags !== undefined) process.env.MINIFLARE_WORKERD_V8_FLAGS = flags;
  try {
    return await work();
  } finally {
    delete process.env.MINIFLARE_WORKERD_V8_FLAGS;
  }
}

/** Bundles Workers as a deployment would, starts them in one workerd and migrates the product's database. */
export async function startHost({ workers, inspectorPort, v8Flags, variables = {} }: HostOptions): Promise<Host> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  const options = await Promise.all(workers.map((name) => workerOptionsOf(name, directory, variables)));
  const before = new Set(await childrenRunning(process.pid, 'workerd'));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: options,
      host: '127.0.0.1',
      port: 0,
      resourcePersistencePath: join(directory, 'state'),
      log: new NoOpLog(),
      handleStructuredLogs: () => undefined,
      ...(inspectorPort === undefined ? {} : { inspectorPort }),
    }),
  );
  await withV8Flags(v8Flags, () => miniflare.ready);
  const [workerdPid] = (await childrenRunning(process.pid, 'workerd')).filter((pid) => !before.has(pid));
  if (workerdPid === undefined) throw new Error('no workerd was started');
  const database: D1Database = await miniflare.getD1Database(
    'DB',
    workers.find((name) => name !== 'floor'),
  );
  const statements = await migrationStatements();
  await database.batch(statements.map((statement) => database.prepare(statement)));
  const urls = await Promise.all(workers.map((name) => miniflare.unsafeGetDirectURL(name)));
  const parts = new Map(workers.map((name, index) => [name, connect(urls[index]?.origin ?? '')]));
  return {
    miniflare,
    workerdPid,
    part(name) {
      const part = parts.get(name);
      if (!part) throw new Error(`this host has no ${name}`);
      return part;
    },
    async stop() {
      await Promise.all([...parts.values()].map((part) => part.close()));
      await miniflare.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
