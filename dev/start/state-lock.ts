import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../project.ts';

/** Beside what wrangler keeps; it holds nothing but the lock. */
const LOCK_FILE = 'start.lock.sqlite';

/**
 * Takes a state directory, made when missing, for this run alone: two Workers on one database lock each other out of it.
 * The lock is the operating system's, so that it ends with this process, however that ends. Returns what gives it back.
 * Throws UserError when another run has it, or when it can't be had.
 */
export function claimState(directory: string): () => void {
  let lock: DatabaseSync;
  try {
    mkdirSync(directory, { recursive: true });
    lock = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  } catch (error) {
    throw new UserError(`${directory} can't hold the state: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new UserError(
      `Another npm start uses the state in ${directory}. Stop it, or choose another: npm start -- --state DIR`,
    );
  }
  return () => lock.close();
}
