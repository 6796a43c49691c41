import { parseArgs } from 'node:util';
import { UserError } from '../../dev/project.ts';

export const CRASH_HELP = `Usage: npm run test:crash [-- OPTION…]

Leases proxies from the bundled Worker, with its state on disk, and reports dead ones, while workerd is killed (-9, with
its parent) at random points and started again. Whatever has no answer is asked again with its Idempotency-Key. Afterwards everything that
was acknowledged is held against the ledgers' own files. Exit code 1 when anything is wrong. Linux only.

  --acquires N   acquires to be acknowledged (default 10000)
  --kills N      how often workerd is killed meanwhile (default 5)
  --clients N    requests under way at once (default 32)
  --proxies N    proxies in the pool; fewer than what is wanted at times, so that some wait (default 16)
  --reports N    dead proxies in the pool besides, each leased and reported once (default 60)
  --seed N       of all random choices (default: another each time, printed); timing still differs
  --help         this text`;

export interface CrashOptions {
  help: boolean;
  acquires: number;
  kills: number;
  clients: number;
  proxies: number;
  reports: number;
  seed: number;
}

function parseCount(name: string, text: string | undefined, fallback: number, minimum: number): number {
  const count = Number(text ?? fallback);
  if (text === '' || !Number.isSafeInteger(count) || count < minimum || count > 10_000_000_000) {
    throw new UserError(`--${name} wants a whole number from ${minimum}, not '${text}'.`);
  }
  return count;
}

/** Reads the command line of `npm run test:crash`. Throws UserError, or parseArgs' own error. */
export function parseCrashOptions(args: readonly string[]): CrashOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      acquires: { type: 'string' },
      kills: { type: 'string' },
      clients: { type: 'string' },
      proxies: { type: 'string' },
      reports: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  return {
    help: values.help ?? false,
    acquires: parseCount('acquires', values.acquires, 10_000, 1),
    kills: parseCount('kills', values.kills, 5, 0),
    clients: parseCount('clients', values.clients, 32, 1),
    proxies: parseCount('proxies', values.proxies, 16, 1),
    reports: parseCount('reports', values.reports, 60, 0),
    seed: parseCount('seed', values.seed, Math.floor(Math.random() * 2 ** 31), 0),
  };
}
