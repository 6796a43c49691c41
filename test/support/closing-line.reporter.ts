import type { Reporter, TestModule } from 'vitest/node';

type Counts = Record<'passed' | 'failed' | 'skipped', number>;

/** `N passed, N failed`, plus `, N skipped` when there are any. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function countTests(modules: readonly TestModule[], unhandledErrors: number): Counts {
  // An error outside any test fails the run, so the line must not look green.
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    // A file that fails to load has no tests to count, and a hook that fails may leave its tests skipped.
    const failures = module.errors().length > 0 ? [module] : [];
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) counts.failed += 1;
    }
    counts.failed += failures.length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
  }
  return counts;
}

/** Why tests were skipped, each reason once with how many tests it kept from running. */
function skipReasons(modules: readonly TestModule[]): string[] {
  const counts = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state !== 'skipped' || !result.note) continue;
      counts.set(result.note, (counts.get(result.note) ?? 0) + 1);
    }
  }
  return [...counts].map(([reason, count]) => `${count} skipped: ${reason}`);
}

/** Prints why tests were skipped and, as the last line of the run, how it went, for people and programs alike. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    for (const reason of skipReasons(modules)) process.stdout.write(`${reason}\n`);
    const line = closingLine(countTests(modules, unhandledErrors.length));
    // After the default reporter's own summary, which is printed in this same event.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
