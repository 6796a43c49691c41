import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, UserError } from '../../dev/project.ts';
import { claimPort } from '../../dev/start/ports.ts';
import { testBindings } from '../support/bindings.ts';
import { bundleProduct, migrationStatements, PRODUCT_MAIN } from '../support/hosted-miniflare.ts';
import { type HostedWorker, type HostOptions, startHostedWorker } from '../support/hosted-worker.ts';
import type { ApiClient } from './api-client.ts';
import type { LoadAccount } from './load.ts';

const ADMIN = { apiKey: testBindings.ADMIN_API_KEY };

/** The bundled Worker with its state on disk, and how it is killed and started again. */
export interface CrashWorld {
  url(): string;
  stateDirectory: string;
  /** `kill -9`: workerd, then its parent. Nobody answers from now on. */
  kill(): Promise<void>;
  /** On the same state; returns how long it took, in milliseconds. */
  restart(): Promise<number>;
  /** An orderly end: the databases may be read. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

function proxyStatements(count: number): string[] {
  const rows = Array.from(
    { length: count },
    (_, index) => `('${crypto.randomUUID()}', '203.0.113.${index % 250}', ${8_000 + Math.floor(index / 250)}, 'http', 0,
      'active', 1, 'elite', 'US', ${(0.5 + (index % 40) / 100).toFixed(2)}, 100, 1, ${index + 1}, 0, 0)`,
  );
  return [
    `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, anonymity, country, score,
       avg_latency_ms, uptime, revision, first_seen_at, last_seen_at) VALUES ${rows.join(', ')}`,
    `UPDATE sequences SET value = ${count} WHERE name = 'proxy_revision'`,
  ];
}

/** Bundles, migrates, fills the inventory and has the lease book pull it. */
export async function startCrashWorld(proxies: number): Promise<CrashWorld> {
  if (process.platform !== 'linux')
    throw new UserError('npm run test:crash needs Linux: it kills by the pids of /proc.');
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-crash-'));
  const bundleDirectory = join(directory, 'bundle');
  const stateDirectory = join(directory, 'state');
  await bundleProduct(bundleDirectory);
  const options: HostOptions = {
    configFile: join(projectRoot, 'wrangler.toml'),
    directory: bundleDirectory,
    main: PRODUCT_MAIN,
    bindings: testBindings,
    stateDirectory,
    port: 0,
    directPort: await claimPort(0),
  };
  let worker: HostedWorker = await startHostedWorker(options);
  await worker.sql(await migrationStatements());
  await worker.sql(proxyStatements(proxies));
  await worker.tick();
  return {
    url: () => worker.url,
    stateDirectory,
    kill: () => worker.kill(),
    async restart() {
      const startedAtMs = Date.now();
      worker = await startHostedWorker(options);
      return Date.now() - startedAtMs;
    },
    stop: () => worker.stop(),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Registers an account as any user would and gives it credits. */
export async function openAccount(api: ApiClient, number: number, credits: number): Promise<LoadAccount> {
  const email = `crash-${number}@example.com`;
  const registered = await api.ask<{ user: { id: string }; api_key: { key: string } }>('POST', '/auth/register', {
    ...ADMIN,
    json: { email, display_name: `Client ${number}` },
  });
  const { user, api_key: apiKey } = registered.body;
  const gift = { amount: credits, description: 'For a crash test' };
  const given = await api.ask('POST', `/admin/accounts/${user.id}/credits`, {
    ...ADMIN,
    idempotencyKey: `gift-${number}`,
    json: gift,
  });
  if (given.status !== 201) throw new Error(`no credits: ${given.status} ${given.code}`);
  return { id: user.id, apiKey: apiKey.key };
}

/** What every account has: its balance by the API. */
export async function balanceOf(api: ApiClient, account: LoadAccount): Promise<number> {
  const { body } = await api.ask<{ balance: number }>('GET', '/account/credits', { apiKey: account.apiKey });
  return body.balance;
}
