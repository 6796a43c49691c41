import { compilePattern, MAX_PATTERN_INSTRUCTIONS, type Pattern } from '../../src/platform/pattern.ts';

/** Patterns that keep as many instructions busy as they can, or an automaton at making states; `<n>` becomes a number. */
export const hostileTemplates = [
  '(a?){<n>}a{<n>}',
  '[ab]*a[ab]{<n>}c',
  '.*a.{<n>}z',
  '(a|ab|b|ba){<n>}c',
  '(?:[a-y]|\\pL){<n>}[0-9]',
  '(?:\\pL?){<n>}[zy]{3}',
  '(?s).*?b(?:.?){<n>}z',
  '(?:\\ba?\\b|b?){<n>}c',
  '(?i)(?:(?:a|b*)*ä?){<n>}$',
] as const;

const LETTERS = ['ab', 'aaaaaaaaab'];

function compiled(template: string, count: number): Pattern | null {
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

/** The same each time: some letters in no order, after what most patterns want to see before they begin. */
function textOf(letters: string, length: number): string {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return letters[state % letters.length] ?? '';
  };
  return `zzz0c${Array.from({ length }, next).join('')}`.slice(0, length);
}

export interface HostileMatch {
  pattern: Pattern;
  /** As long as the pattern may be given. */
  text: string;
}

/** The most complex pattern of a form that is taken, and one that may be given 8 KiB, each on the longest texts. */
export function hostileMatches(template: string): HostileMatch[] {
  const most = largest(template);
  return [most, Math.ceil(most / 5)].flatMap((count) =>
    LETTERS.map((letters) => {
      const pattern = compiled(template, count);
      if (pattern === null) throw new Error(`${template} is not taken with ${count}`);
      return { pattern, text: textOf(letters, pattern.maxCharacters) };
    }),
  );
}
