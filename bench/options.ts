import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot, UserError } from '../dev/project.ts';
import type { BenchScale, Scenario } from './scenario.types.ts';
import { scenarios } from './scenarios.ts';

/** Fewer rounds say too little for a median. */
const MIN_ROUNDS = 5;
const DEFAULT_ROUNDS = 7;
/** A quick run shows that everything runs, no more. */
const QUICK_SCALE: BenchScale = { rounds: 1, size: 0.02 };

export const RESULT_FILE = join(projectRoot, 'dist', 'bench', 'result.json');

export const BENCH_HELP = `Usage: npm run bench [-- OPTION…]

Measures the product beside the least that the same runtime could do, in one run on this machine: floor and product take
turns, and each figure is the median of its rounds. Takes some minutes. Prints a table and writes dist/bench/result.json.
What misses its target is marked 'short' and doesn't fail the run: figures of a busy machine prove nothing. A scenario that
breaks does. Needs Linux (/proc).

  --only NAME   this scenario alone; repeatable
  --rounds N    rounds that count, ${MIN_ROUNDS} at least (default ${DEFAULT_ROUNDS})
  --quick       one small round of each, judged by nobody: shows that the bench runs
  --help        this text

Scenarios:
${scenarios.map(({ name, describe }) => `  ${name.padEnd(11)} ${describe}`).join('\n')}`;

export interface BenchOptions {
  help: boolean;
  isQuick: boolean;
  scale: BenchScale;
  chosen: readonly Scenario[];
}

function parseRounds(text: string | undefined): number {
  const rounds = Number(text ?? DEFAULT_ROUNDS);
  if (text === '' || !Number.isInteger(rounds) || rounds < MIN_ROUNDS || rounds > 1_000) {
    throw new UserError(`--rounds wants a whole number from ${MIN_ROUNDS} to 1000, not '${text}'.`);
  }
  return rounds;
}

/** Reads the command line. Throws UserError, or parseArgs' own error for options that don't exist. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const only = values.only ?? [];
  for (const name of only) {
    if (scenarios.some((scenario) => scenario.name === name)) continue;
    throw new UserError(`There is no scenario '${name}'. Scenarios: ${scenarios.map((s) => s.name).join(' ')}`);
  }
  const isQuick = values.quick ?? false;
  return {
    help: values.help ?? false,
    isQuick,
    scale: isQuick ? QUICK_SCALE : { rounds: parseRounds(values.rounds), size: 1 },
    chosen: scenarios.filter(({ name }) => only.length === 0 || only.includes(name)),
  };
}
