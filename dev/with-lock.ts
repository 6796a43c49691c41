import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const LOOK_EVERY_MS = 50;
/** A build takes a few seconds; a lock this old was left by a process that was killed. */
export const STALE_LOCK_MS = 60_000;

function tryLock(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Runs what no two processes may do at once; `path` is a directory that is there meanwhile. Waits for others. */
export function withLock<Result>(path: string, run: () => Result): Result {
  mkdirSync(dirname(path), { recursive: true });
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (!tryLock(path)) {
    const held = statSync(path, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > STALE_LOCK_MS) rmSync(path, { recursive: true, force: true });
    else Atomics.wait(pause, 0, 0, LOOK_EVERY_MS);
  }
  try {
    return run();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
