import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { MiniflareOptions } from './hosted-miniflare.ts';

/** From nothing to a Worker that answers: seconds, minutes on a machine that does much else. */
const START_TIMEOUT_MS = 180_000;
/** A host that does not end by itself within this is killed. */
const STOP_TIMEOUT_MS = 10_000;

/** What workerd says when an alarm was due while it was dead. */
const EXPECTED_NOISE = /^NOSENTRY SQLite alarm overdue/;

/** State on disk and a direct socket: what outlives a kill, and the way in that a kill closes. */
export type HostOptions = MiniflareOptions & Required<Pick<MiniflareOptions, 'stateDirectory' | 'directPort'>>;

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

/** Starts a Worker in processes that can be killed. Linux only: the pids come from /proc. */
export async function startHostedWorker(options: HostOptions): Promise<HostedWorker> {
  const child = fork(join(import.meta.dirname, 'worker-host.ts'), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  if (child.stderr)
    createInterface(child.stderr).on('line', (line) => EXPECTED_NOISE.test(line) || console.error(line));
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
