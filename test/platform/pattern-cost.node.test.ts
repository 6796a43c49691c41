import { RE2JS } from 're2js';
import { afterAll, expect, it } from 'vitest';
import { compilePattern, MAX_PATTERN_INSTRUCTIONS, MAX_PATTERN_STEPS } from '../../src/platform/pattern.ts';

/** Looks at the instructions of patterns: all, and those to make states of an automaton, ten times as dear. */
const looks = { all: 0, ofAutomaton: 0 };

/** Counts in the patterns that are compiled from now on. RE2JS has no measure of its work that could be asked for. */
function countLooks(): () => void {
  const { prog } = RE2JS.compile('a').re2();
  const program = Object.getPrototypeOf(prog);
  const instruction = Object.getPrototypeOf(prog.getInst(0));
  const { getInst } = program;
  program.getInst = function counted(this: object, index: number) {
    looks.ofAutomaton += 1;
    return getInst.call(this, index);
  };
  const operation = Symbol('operation');
  Object.defineProperty(instruction, 'op', {
    configurable: true,
    get(this: Record<symbol, number>) {
      looks.all += 1;
      return this[operation];
    },
    set(this: Record<symbol, number>, value: number) {
      this[operation] = value;
    },
  });
  return () => {
    program.getInst = getInst;
    delete instruction.op;
  };
}

afterAll(countLooks());

/** A pattern with this number in place of `<n>`, if it is taken. */
function compiled(template: string, count: number) {
  const result = compilePattern(template.replaceAll('<n>', String(count)));
  return result.ok ? result.pattern : null;
}

/** The largest number that may stand for `<n>`. */
function largest(template: string): number {
  for (let count = MAX_PATTERN_INSTRUCTIONS; count > 0; count -= 1) {
    if (compiled(template, count) !== null) return count;
  }
  throw new Error(`${template} is never taken`);
}

/** The same each time: some letters in no order, beginning with what most patterns want to see. */
function text(letters: string, length: number): string {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return letters[state % letters.length] ?? '';
  };
  return `zzz0c${Array.from({ length }, next).join('')}`.slice(0, length);
}

const LETTERS = ['ab', 'aaaaaaaaab'];

it.each([
  '(a?){<n>}a{<n>}',
  '[ab]*a[ab]{<n>}c',
  '.*a.{<n>}z',
  '(a|ab|b|ba){<n>}c',
  '(?:[a-y]|\\pL){<n>}[0-9]',
  '(?:\\pL?){<n>}[zy]{3}',
  '(?s).*?b(?:.?){<n>}z',
  '(?:\\ba?\\b|b?){<n>}c',
  '(?i)(?:(?:a|b*)*ä?){<n>}$',
])('%s takes as many steps as its instructions times the characters at most', (template) => {
  const most = largest(template);
  // The most complex, on what it may be given, and one that may be given 8 KiB.
  for (const count of [most, Math.ceil(most / 5)]) {
    for (const letters of LETTERS) {
      const pattern = compiled(template, count);
      if (pattern === null) throw new Error(`${count} is too many`);
      const subject = text(letters, pattern.maxCharacters);
      for (const match of [pattern.isFoundIn, pattern.startIn]) {
        Object.assign(looks, { all: 0, ofAutomaton: 0 });
        match(subject);
        // A step looks twice: at an instruction that is reached, and then whether the character is its.
        expect(looks.all).toBeLessThanOrEqual(2 * (MAX_PATTERN_STEPS + MAX_PATTERN_INSTRUCTIONS));
        expect(looks.ofAutomaton).toBeLessThanOrEqual(MAX_PATTERN_STEPS / 2);
      }
    }
  }
});
