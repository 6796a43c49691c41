import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, relative } from 'node:path';
import { printError, projectRoot } from '../dev/project.ts';
import { BENCH_HELP, parseBenchOptions, RESULT_FILE } from './options.ts';
import type { BenchRow } from './scenario.types.ts';
import { renderTable, verdictOf } from './table.ts';

interface NamedRow extends BenchRow {
  scenario: string;
}

async function main(): Promise<void> {
  const { help, isQuick, scale, chosen } = parseBenchOptions(process.argv.slice(2));
  if (help) {
    console.log(BENCH_HELP);
    return;
  }
  const startedAt = new Date().toISOString();
  const loadBefore = loadavg()[0] ?? 0;
  const rows: NamedRow[] = [];
  for (const { name, describe, run } of chosen) {
    console.log(`▶ ${name}: ${describe}`);
    const found = await run(scale, (line) => console.log(`  ${line}`));
    rows.push(...found.map((row) => ({ scenario: name, ...row })));
  }
  console.log(`\n${renderTable(rows, !isQuick)}`);
  const machine = { processors: cpus().length, model: cpus()[0]?.model ?? '', loadBefore, node: process.version };
  const results = rows.map((row) => ({ ...row, verdict: verdictOf(row, !isQuick) }));
  await mkdir(dirname(RESULT_FILE), { recursive: true });
  await writeFile(RESULT_FILE, `${JSON.stringify({ startedAt, isQuick, scale, machine, results }, null, 2)}\n`);
  console.log(`\nsaved as ${relative(projectRoot, RESULT_FILE)}`);
}

try {
  await main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
