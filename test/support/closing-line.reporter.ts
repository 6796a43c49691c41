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

/** Prints exactly one line, the last of the run, for people and programs that only want to know how it went. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const line = closingLine(countTests(modules, unhandledErrors.length));
    // After the default reporter's own summary, which is printed in this same event.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
