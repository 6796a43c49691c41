import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, relative } from 'node:path';
import { printError, projectRoot } from '../dev/project.ts';
import { BENCH_HELP, parseBenchOptions, RESULT_FILE } from './options.ts';
import type { BenchRow, BenchScale, Scenario } from './scenario.types.ts';
import { renderTable, verdictOf } from './table.ts';

interface NamedRow extends BenchRow {
  scenario: string;
}

interface Outcome {
  rows: NamedRow[];
  /** Scenarios that broke, and of what; the others' figures stand. */
  broken: { scenario: string; error: string }[];
}

async function runAll(chosen: readonly Scenario[], scale: BenchScale): Promise<Outcome> {
  const outcome: Outcome = { rows: [], broken: [] };
  for (const { name, describe, run } of chosen) {
    console.log(`▶ ${name}: ${describe}`);
    try {
      const rows = await run(scale, (line) => console.log(`  ${line}`));
      outcome.rows.push(...rows.map((row) => ({ scenario: name, ...row })));
    } catch (error) {
      printError(error);
      outcome.broken.push({ scenario: name, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return outcome;
}

async function main(): Promise<void> {
  const { help, isQuick, scale, chosen } = parseBenchOptions(process.argv.slice(2));
  if (help) {
    console.log(BENCH_HELP);
    return;
  }
  const startedAt = new Date().toISOString();
  const loadBefore = loadavg()[0] ?? 0;
  const { rows, broken } = await runAll(chosen, scale);
  console.log(`\n${renderTable(rows, !isQuick)}`);
  const machine = { processors: cpus().length, model: cpus()[0]?.model ?? '', loadBefore, node: process.version };
  const results = rows.map((row) => ({ ...row, verdict: verdictOf(row, !isQuick) }));
  await mkdir(dirname(RESULT_FILE), { recursive: true });
  await writeFile(RESULT_FILE, `${JSON.stringify({ startedAt, isQuick, scale, machine, results, broken }, null, 2)}\n`);
  console.log(`\nsaved as ${relative(projectRoot, RESULT_FILE)}`);
  if (broken.length > 0) {
    console.log(`broken, so without figures: ${broken.map(({ scenario }) => scenario).join(' ')}`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
