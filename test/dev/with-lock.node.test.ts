import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { STALE_LOCK_MS, withLock } from '../../dev/with-lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchyard-lock-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Writes that it began, and some moments later that it ended, in one file. */
const script = `
  import { appendFileSync } from 'node:fs';
  import { withLock } from ${JSON.stringify(join(import.meta.dirname, '..', '..', 'dev', 'with-lock.ts'))};
  withLock(process.argv[1], () => {
    appendFileSync(process.argv[2], 'in ');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    appendFileSync(process.argv[2], 'out ');
  });
`;

describe('a lock', () => {
  it('lets one process in at a time, and is gone afterwards', async () => {
    const [lock, file] = [join(directory, 'busy.lock'), join(directory, 'turns')];
    const started = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '-e', script, lock, file]));
    const codes = await Promise.all(started.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(readFileSync(file, 'utf8')).toBe('in out in out in out ');
    expect(existsSync(lock)).toBe(false);
  });

  it('is given back by what fails, and taken from what was killed', () => {
    const lock = join(directory, 'left.lock');
    const fail = () => {
      throw new Error('no build');
    };
    expect(() => withLock(lock, fail)).toThrow('no build');
    expect(existsSync(lock)).toBe(false);
    mkdirSync(lock);
    const long = (Date.now() - STALE_LOCK_MS - 1_000) / 1_000;
    utimesSync(lock, long, long);
    expect(withLock(lock, () => 'done')).toBe('done');
  });
});
