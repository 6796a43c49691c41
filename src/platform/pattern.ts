import { RE2JS } from 're2js';

/** Patterns people write are far shorter; what compiles to much more would be slow on long input. */
export const MAX_PATTERN_CHARACTERS = 256;
/** RE2 is linear in input times instructions: `(a?){500}a{500}` has 2,502 and takes 193 ms on 8 KiB. */
export const MAX_PATTERN_INSTRUCTIONS = 500;
/** Longest text that a pattern is run on. What a longer one means (refused, skipped, cut) is the caller's to say. */
export const MAX_PATTERN_INPUT_CHARACTERS = 8 * 1_024;

export interface Pattern {
  /** True when the pattern is found anywhere in the text, which has `MAX_PATTERN_INPUT_CHARACTERS` at most. */
  isFoundIn(text: string): boolean;
  /** Index of the first character of the leftmost match, or null. No match begins before it. Dearer than `isFoundIn`. */
  startIn(text: string): number | null;
}

export type CompiledPattern = { ok: true; pattern: Pattern } | { ok: false; problem: string };

/**
 * Compiles a pattern in RE2's syntax (linear time: no look-around, no back-references; `(?P<name>…)` and `(?i)` work), or
 * says in words for its writer why it can't be used. Anchors are the writer's: `/v1` also finds `/x/v1`.
 */
export function compilePattern(pattern: string): CompiledPattern {
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    return { ok: false, problem: `a pattern may have ${MAX_PATTERN_CHARACTERS} characters at most` };
  }
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.programSize() > MAX_PATTERN_INSTRUCTIONS) return { ok: false, problem: 'the pattern is too complex' };
    return { ok: true, pattern: asPattern(compiled) };
  } catch {
    return { ok: false, problem: 'must be an RE2 pattern: no look-around, no back-references' };
  }
}

function asPattern(compiled: RE2JS): Pattern {
  return {
    isFoundIn: (text) => compiled.test(text),
    startIn(text) {
      const matcher = compiled.matcher(text);
      return matcher.find() ? matcher.start() : null;
    },
  };
}
