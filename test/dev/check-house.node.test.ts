import { describe, expect, test } from 'vitest';
import { houseProblems } from '../../dev/check-house.ts';
import { chooseSteps, verifySteps } from '../../dev/verify/steps.ts';
import { closingLine } from '../support/closing-line.reporter.ts';

const problemsOf = (path: string, text: string) => houseProblems([{ path, text }]);

describe('the rules of the house', () => {
  test('a file as long as allowed passes, one line more does not', () => {
    expect(problemsOf('src/a.ts', 'x\n'.repeat(400))).toEqual([]);
    expect(problemsOf('src/a.ts', 'x\n'.repeat(401))).toEqual(['src/a.ts: 401 lines, at most 400 are allowed']);
    expect(problemsOf('test/a.test.ts', 'x\n'.repeat(600))).toEqual([]);
    expect(problemsOf('src/a.do.ts', 'x\n'.repeat(201))).toHaveLength(1);
  });

  test.each(["test.only('a'", "it.skip('a'", "describe.only('a'", "test.concurrent.skip('a'", "test.todo('a')"])(
    '%s is found in tests',
    (line) => {
      expect(problemsOf('test/a.test.ts', line)).toHaveLength(1);
    },
  );

  test('skipIf names its condition and is allowed', () => {
    expect(problemsOf('test/a.test.ts', "test.skipIf(!hasFiles)('a', () => {})")).toEqual([]);
  });

  test('a suppression carries its reason', () => {
    expect(problemsOf('src/a.ts', '// biome-ignore lint/a/b: the library wants it so')).toEqual([]);
    expect(problemsOf('src/a.ts', '// biome-ignore lint/a/b:')).toHaveLength(1);
    expect(problemsOf('src/a.ts', '// oxlint-disable-next-line no-console')).toHaveLength(1);
    expect(problemsOf('src/a.ts', '// oxlint-disable-next-line no-console -- the logger itself')).toEqual([]);
    expect(problemsOf('src/a.ts', '// @ts-expect-error wrong type in the library')).toEqual([]);
    expect(problemsOf('src/a.ts', '// @ts-ignore whatever the reason')).toHaveLength(1);
  });

  test('sockets are opened in one place', () => {
    const text = "import { connect } from 'cloudflare:sockets';";
    expect(problemsOf('src/a.ts', text)).toEqual([]);
    expect(
      houseProblems([
        { path: 'src/a.ts', text },
        { path: 'src/b.ts', text },
      ]),
    ).toHaveLength(1);
  });
});

describe('verify', () => {
  test('runs everything, one step, or all but one', () => {
    expect(chooseSteps([], [])).toEqual(verifySteps);
    expect(chooseSteps(['house'], []).map(({ name }) => name)).toEqual(['house']);
    expect(chooseSteps([], ['tests'])).toHaveLength(verifySteps.length - 1);
    expect(() => chooseSteps(['hose'], [])).toThrow("There is no step 'hose'");
  });
});

test('the closing line names the skipped only when there are any', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});
