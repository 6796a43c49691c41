import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';
import { startEdge } from '../../dev/edge.ts';
import { createCertifiedIdentity } from '../../dev/lab/certificate.ts';
import { JUDGE_TLS_HOST, judgeTlsVars } from '../../dev/local-vars.ts';
import { projectRoot } from '../../dev/project.ts';
import { claimPort } from '../../dev/start/ports.ts';
import { testBindings } from './bindings.ts';
import { bundleWorker, migrationStatements, runMinuteCron, runStatements, startMiniflare } from './hosted-miniflare.ts';

/** Kept by tests that need a Worker with a port of its own; see `startWorkerProcess`. */
export interface WorkerProcess {
  /** Where clients, and the lab's proxies, reach the Worker: the edge stand-in before it. */
  baseUrl: string;
  /** Port of the judge's TLS side; null when it has none. */
  judgeTlsPort: number | null;
  adminKey: string;
  miniflare: Miniflare;
  database: D1Database;
  /** As a client, with the admin's key: JSON in, JSON out. */
  call<Body = unknown>(method: string, path: string, json?: unknown): Promise<{ status: number; body: Body }>;
  /** Runs the jobs of the cron of each minute. */
  tick(): Promise<void>;
  /** Breaks all connections to the edge stand-in, as a network that goes away does. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** The judge's TLS side: on port 443, as deployed, where this process may listen there. */
async function startJudgeTls(workerPort: number) {
  const identity = createCertifiedIdentity(JUDGE_TLS_HOST);
  const open = (port: number) => startEdge({ port, workerPort, identity });
  const edge = await open(443).catch(() => open(0));
  return { edge, vars: judgeTlsVars(edge.port, identity) };
}

/**
 * Starts the bundled Worker as it would be deployed: real queues, cron by `tick()`, D1 migrated, behind the edge stand-in
 * on a loopback port, so that proxies can reach its judge, with `judgeTls` by TLS too; `entry`: another one than the product's.
 * For tests in Node; stop it at the end.
 */
export async function startWorkerProcess(
  vars: Record<string, string> = {},
  options: { judgeTls?: boolean; entry?: string } = {},
): Promise<WorkerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
  const port = await claimPort(0);
  const edge = await startEdge({ port: 0, workerPort: port });
  const baseUrl = `http://127.0.0.1:${edge.port}`;
  const tls = options.judgeTls ? await startJudgeTls(port) : null;
  const main = await bundleWorker(directory, { configFile: 'wrangler.toml', entry: options.entry });
  const miniflare = await startMiniflare({
    configFile: join(projectRoot, 'wrangler.toml'),
    directory,
    main,
    bindings: { ...testBindings, JUDGE_URL: `${baseUrl}/judge`, ...tls?.vars, ...vars },
    port,
  });
  await runStatements(miniflare, await migrationStatements());
  const adminKey = testBindings.ADMIN_API_KEY;
  return {
    baseUrl,
    judgeTlsPort: tls?.edge.port ?? null,
    adminKey,
    miniflare,
    database: await miniflare.getD1Database('DB'),
    async call(method, path, json) {
      const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
      const init = json === undefined ? { method, headers } : { method, headers, body: JSON.stringify(json) };
      const response = await fetch(`${baseUrl}${path}`, init);
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    tick: () => runMinuteCron(miniflare),
    dropConnections: () => edge.dropConnections(),
    async stop() {
      await edge.close();
      await tls?.edge.close();
      await miniflare.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
