import { RE2JS } from 're2js';
import { afterAll, expect, it } from 'vitest';
import { MAX_PATTERN_INSTRUCTIONS, MAX_PATTERN_STEPS } from '../../src/platform/pattern.ts';
import { hostileMatches, hostileTemplates } from '../support/hostile-patterns.ts';

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

it.each(hostileTemplates)('%s takes as many steps as its instructions times the characters at most', (template) => {
  for (const { pattern, text } of hostileMatches(template)) {
    for (const match of [pattern.isFoundIn, pattern.startIn]) {
      Object.assign(looks, { all: 0, ofAutomaton: 0 });
      match(text);
      // A step looks twice: at an instruction that is reached, and then whether the character is its.
      expect(looks.all).toBeLessThanOrEqual(2 * (MAX_PATTERN_STEPS + MAX_PATTERN_INSTRUCTIONS));
      expect(looks.ofAutomaton).toBeLessThanOrEqual(MAX_PATTERN_STEPS / 2);
    }
  }
});
