import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { projectRoot } from '../project.ts';

/** How long a group may take to end by itself before it is killed. */
const GRACE_MS = 3_000;

/** How long after a program's end its last lines may take; what it started in turn may hold its output open for ever. */
const LAST_LINES_MS = 1_000;

/** Lines kept to explain a crash. */
const KEPT_LINES = 40;

/** A program with everything that it starts in turn. */
export interface ProcessGroup {
  /** Settles when the program ends by itself or by `stop`, its last lines read, with its exit code. */
  ended: Promise<number>;
  /** The last lines it wrote, without colours, for a crash report. */
  lastLines(): string[];
  /** Ends the whole group; settles when it is gone. Harmless when repeated. */
  stop(): Promise<void>;
}

function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch {
    return false;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function endGroup(child: ChildProcess, groupId: number): Promise<void> {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(groupId), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  signalGroup(groupId, 'SIGTERM');
  const deadlineAtMs = Date.now() + GRACE_MS;
  while (signalGroup(groupId, 0) && Date.now() < deadlineAtMs) await delay(50);
  signalGroup(groupId, 'SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/**
 * Starts a Node script in a process group of its own, so that all of it can be ended: workerd outlives a Node parent that
 * is killed alone, and keeps its port. The group's leader ends it even when this process dies without a word.
 */
export function startGroup(script: string, args: readonly string[], onLine: (line: string) => void): ProcessGroup {
  const child = fork(join(import.meta.dirname, 'group-leader.ts'), [script, ...args], {
    cwd: projectRoot,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, CI: '1', NO_COLOR: '1', FORCE_COLOR: '0', WRANGLER_SEND_METRICS: 'false' },
  });
  const kept: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(stripVTControlCharacters(line).trimEnd());
      if (kept.length > KEPT_LINES) kept.shift();
      onLine(line);
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 1));
    child.once('exit', (code) => setTimeout(() => resolve(code ?? 1), LAST_LINES_MS));
  });
  let stopping: Promise<void> | null = null;
  return {
    ended,
    lastLines: () => [...kept],
    stop: () => {
      stopping ??= child.pid === undefined ? Promise.resolve() : endGroup(child, child.pid);
      return stopping;
    },
  };
}
