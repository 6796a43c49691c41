import { join } from 'node:path';

/** The checkout this runs in. */
export const projectRoot = join(import.meta.dirname, '..');

/** Wrangler's own entry, run by this Node on every platform without a shell. */
export const wranglerEntry = join(projectRoot, 'node_modules', 'wrangler', 'bin', 'wrangler.js');

/** A failure whose message is meant for the person at the terminal: printed without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** Prints what went wrong: the message alone when it was written for people, everything otherwise. */
export function printError(error: unknown): void {
  const isExpected =
    error instanceof UserError ||
    (error instanceof Error && (error.name === 'LabAddressError' || isArgumentError(error)));
  console.error(isExpected ? error.message : error);
}

/** What node:util's parseArgs throws at a bad command line. */
function isArgumentError(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
