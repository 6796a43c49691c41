import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { projectRoot, wranglerEntry } from '../../dev/project.ts';

/** From nothing to a Worker that answers. */
const START_TIMEOUT_MS = 60_000;
/** A host that does not end by itself within this is killed. */
const STOP_TIMEOUT_MS = 10_000;

export interface HostOptions {
  /** A `wrangler.toml`: bindings, compatibility date, flags. */
  configFile: string;
  /** Where the modules lie, and which of them is the Worker. */
  directory: string;
  main: string;
  stateDirectory: string;
  /** Of the socket straight into the Worker. */
  port: number;
  bindings: Record<string, string>;
}

export type HostCommand =
  | { kind: 'sql'; id: number; statements: string[] }
  | { kind: 'tick'; id: number }
  | { kind: 'stop' };

export type HostReply =
  | { kind: 'ready'; port: number; workerdPids: number[] }
  | { kind: 'done'; id: number }
  | { kind: 'failed'; id: number; message: string };

/** A Worker in a workerd of its own, below a Node process of its own. */
export interface HostedWorker {
  url: string;
  workerdPids: readonly number[];
  /** Runs statements in D1, in one batch. */
  sql(statements: string[]): Promise<void>;
  /** The cron of a minute. */
  tick(): Promise<void>;
  /** `kill -9`: workerd first, then its parent; settles when both are gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Bundles the product as a deployment would. */
export function bundleProduct(directory: string): void {
  const args = [wranglerEntry, 'deploy', '--dry-run', '--outdir', directory];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the bundle failed:\n${stdout}${stderr}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The statements of all migrations, in order. */
export async function migrationStatements(): Promise<string[]> {
  const directory = join(projectRoot, 'migrations');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts
    .flatMap((text) => text.replaceAll(/--[^\n]*/g, '').split(/;\s*\n/))
    .filter((statement) => statement.trim() !== '');
}

async function readyReply(child: ChildProcess): Promise<Extract<HostReply, { kind: 'ready' }>> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('the host of the Worker ended before it was ready');
  });
  const replied = once(child, 'message', { signal }).then(([reply]: HostReply[]) => reply);
  ended.catch(() => {});
  const reply = await Promise.race([replied, ended]);
  if (reply?.kind !== 'ready') throw new Error('the host of the Worker did not say that it is ready');
  return reply;
}

function killNow(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

function createCaller(child: ChildProcess) {
  const open = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  let lastId = 0;
  child.on('message', (reply: HostReply) => {
    if (reply.kind === 'ready') return;
    const call = open.get(reply.id);
    open.delete(reply.id);
    if (reply.kind === 'done') call?.resolve();
    else call?.reject(new Error(reply.message));
  });
  child.once('exit', () => {
    for (const { reject } of open.values()) reject(new Error('the host of the Worker is gone'));
  });
  return (command: { kind: 'sql'; statements: string[] } | { kind: 'tick' }) =>
    new Promise<void>((resolve, reject) => {
      lastId += 1;
      open.set(lastId, { resolve, reject });
      child.send({ ...command, id: lastId });
    });
}

export async function startHostedWorker(options: HostOptions): Promise<HostedWorker> {
  const child = fork(join(import.meta.dirname, 'worker-host.ts'), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const { port, workerdPids } = await readyReply(child).catch((error: unknown) => {
    killNow(child.pid);
    throw error;
  });
  const call = createCaller(child);
  const kill = async (): Promise<void> => {
    for (const pid of workerdPids) killNow(pid);
    killNow(child.pid);
    await ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    workerdPids,
    sql: (statements) => call({ kind: 'sql', statements }),
    tick: () => call({ kind: 'tick' }),
    kill,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send({ kind: 'stop' });
      const timeout = setTimeout(() => void kill(), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timeout);
    },
  };
}
