import { printError } from '../../dev/project.ts';
import { CRASH_HELP, parseCrashOptions } from './options.ts';
import { type CrashResult, runCrashTest } from './run.ts';

/** Problems shown; one mistake makes thousands of lines. */
const MAX_SHOWN_PROBLEMS = 20;

function countOf(problems: readonly string[], beginning: string): number {
  return problems.filter((problem) => problem.startsWith(beginning)).length;
}

function summary({ acquires, history, kills, unanswered, restartsMs, seconds, problems }: CrashResult): string {
  const perSecond = (acquires / seconds).toFixed(0);
  const named = ['double lease', 'overlap', 'acknowledged and lost'];
  const counts = named.map((name) => countOf(problems, name));
  const others = problems.length - counts.reduce((total, count) => total + count, 0);
  return [
    '',
    `acquires acknowledged   ${acquires} (${perSecond} a second, ${seconds.toFixed(0)} s in all)`,
    `reports and refunds     ${history.reports} and ${history.refunds}; a refunded proxy is never leased again`,
    `renewals and releases   ${history.renewals} and ${history.releases}; the other leases ended by time`,
    `kills                   ${kills}; serving again after ${restartsMs.map((ms) => `${ms} ms`).join(', ') || '-'}`,
    `unanswered and retried  ${unanswered} tries; ${history.recovered} were charged already, and not charged again`,
    `double leases           ${counts[0]}`,
    `overlaps by time        ${counts[1]}`,
    `acknowledged and lost   ${counts[2]}`,
    `ledger                  ${others === 0 ? 'exact: one entry for each lease, renewal and refund, no other' : `${others} problems`}`,
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const options = parseCrashOptions(process.argv.slice(2));
  if (options.help) {
    console.log(CRASH_HELP);
    return;
  }
  const result = await runCrashTest(options, (line) => console.log(line));
  console.log(summary(result));
  for (const problem of result.problems.slice(0, MAX_SHOWN_PROBLEMS)) console.log(problem);
  const refundsSeen = result.history.refunds > 0 || options.reports === 0;
  const enough = result.acquires >= options.acquires && result.kills === options.kills && refundsSeen;
  const passed = enough && result.problems.length === 0;
  console.log(passed ? 'passed' : `FAILED: ${result.problems.length} problems, seed ${options.seed}`);
  process.exitCode = passed ? 0 : 1;
}

try {
  await main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
