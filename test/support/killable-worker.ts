import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../dev/project.ts';
import { claimPort } from '../../dev/start/ports.ts';
import { testBindings } from './bindings.ts';
import { bundleProduct, migrationStatements, PRODUCT_MAIN } from './hosted-miniflare.ts';
import { type HostedWorker, type HostOptions, startHostedWorker } from './hosted-worker.ts';

/** The bundled Worker with its state on disk, and how it is killed and started again. */
export interface KillableWorker {
  /** Always the same: clients come back to it after a kill. */
  url: string;
  stateDirectory: string;
  /** Runs statements in D1, in one batch. */
  sql(statements: string[]): Promise<void>;
  /** The cron of a minute. */
  tick(): Promise<void>;
  /** `kill -9`: workerd, then its parent. Nobody answers from now on. */
  kill(): Promise<void>;
  /** On the same state; returns how long it took, in milliseconds. */
  restart(): Promise<number>;
  /** An orderly end: the databases may be read. */
  stop(): Promise<void>;
  /** Ends it, if it runs, and deletes its state. */
  remove(): Promise<void>;
}

/** Bundles the product, starts it and migrates its database. Linux only: it is killed by the pids of /proc. */
export async function startKillableWorker(bindings: Record<string, string> = {}): Promise<KillableWorker> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-kill-'));
  const bundleDirectory = join(directory, 'bundle');
  const stateDirectory = join(directory, 'state');
  await bundleProduct(bundleDirectory);
  const options: HostOptions = {
    configFile: join(projectRoot, 'wrangler.toml'),
    directory: bundleDirectory,
    main: PRODUCT_MAIN,
    bindings: { ...testBindings, ...bindings },
    stateDirectory,
    port: 0,
    directPort: await claimPort(0),
  };
  let worker: HostedWorker = await startHostedWorker(options);
  await worker.sql(await migrationStatements());
  return {
    url: worker.url,
    stateDirectory,
    sql: (statements) => worker.sql(statements),
    tick: () => worker.tick(),
    kill: () => worker.kill(),
    async restart() {
      const startedAtMs = Date.now();
      worker = await startHostedWorker(options);
      return Date.now() - startedAtMs;
    },
    stop: () => worker.stop(),
    async remove() {
      await worker.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
