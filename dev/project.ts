import { join } from 'node:path';

/** The checkout this runs in. */
export const projectRoot = join(import.meta.dirname, '..');

/** Wrangler's own entry, run by this Node on every platform without a shell. */
export const wranglerEntry = join(projectRoot, 'node_modules', 'wrangler', 'bin', 'wrangler.js');

/** A failure whose message is meant for the person at the terminal: printed without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

const HIGHEST_PORT = 65_535;

/** The port that an option names; 0 stands for a free one. Throws UserError for anything else. */
export function parsePort(option: string, text: string | undefined, fallback: number, highest = HIGHEST_PORT): number {
  if (text === undefined) return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > highest) {
    throw new UserError(`${option} wants a port from 0 to ${highest}, not '${text}'.`);
  }
  return port;
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
