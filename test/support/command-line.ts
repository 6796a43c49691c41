import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../dev/project.ts';

/** What `npx switchyard` runs. */
export const ENTRY = join(projectRoot, 'src', 'cli', 'switchyard.mjs');
/** A start of Node and an answer of the Worker, on a machine that does much else. */
const RUN_LIMIT_MS = 60_000;
const SEE_LIMIT_MS = 60_000;
const POLL_MS = 25;

export interface Where {
  url?: string;
  key?: string;
  env?: Record<string, string>;
}

/** The environment of a command: nothing of the tests' own, so that no colour or key comes from there. */
export function environmentOf({ url, key, env }: Where): NodeJS.ProcessEnv {
  const environment: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...(url === undefined ? {} : { SWITCHYARD_URL: url }),
    ...(key === undefined ? {} : { SWITCHYARD_KEY: key }),
    ...env,
  };
  return environment as NodeJS.ProcessEnv;
}

/** What somebody waits for: in the output, or to become true. */
type Looked = string | RegExp | (() => boolean);

function isIn(text: string, what: Looked): boolean {
  if (typeof what === 'function') return what();
  return typeof what === 'string' ? text.includes(what) : what.test(text);
}

export interface RunningCommand {
  child: ChildProcess;
  /** All of standard output so far. */
  out(): string;
  /** All of standard error so far. */
  err(): string;
  /** Waits until standard output or error have what is looked for. Throws, with both, when they don't in time. */
  see(what: Looked): Promise<void>;
  /** The exit code, when it has ended; the signal's name when that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** Starts the command line as a process of its own. */
export function startCommand(args: readonly string[], where: Where = {}): RunningCommand {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: environmentOf(where),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [gather(child.stdout), gather(child.stderr)];
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    child,
    out,
    err,
    ended,
    async see(what) {
      const deadlineAtMs = Date.now() + SEE_LIMIT_MS;
      const isSeen = () => isIn(out(), what) || isIn(err(), what);
      while (!isSeen()) {
        if (Date.now() > deadlineAtMs || child.exitCode !== null) {
          if (isSeen()) return;
          throw new Error(`never seen: ${what}\n${out()}\n${err()}`);
        }
        await new Promise((resolve) => {
          setTimeout(resolve, POLL_MS);
        });
      }
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(args: readonly string[], where: Where = {}) {
  const command = startCommand(args, where);
  const timer = setTimeout(() => command.child.kill('SIGKILL'), RUN_LIMIT_MS);
  const code = await command.ended;
  clearTimeout(timer);
  return { code, out: command.out(), err: command.err() };
}
