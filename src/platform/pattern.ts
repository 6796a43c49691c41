import { RE2JS, RE2Set } from 're2js';

/** Patterns people write are far shorter. */
export const MAX_PATTERN_CHARACTERS = 256;
/** A pattern of 256 characters has as many, unless it repeats something by count: `(a?){51}a{51}` has 257. */
export const MAX_PATTERN_INSTRUCTIONS = 260;
/** Longest text that any pattern is run on. What a longer one means (refused, skipped, cut) is the caller's to say. */
export const MAX_PATTERN_INPUT_CHARACTERS = 8 * 1_024;
/** Instructions times characters: RE2 looks at each instruction once for each character, 40 ns of a large class at most. */
export const MAX_PATTERN_STEPS = 512 * 1_024;
/**
 * A state of the automaton costs ten times what going on without one does, and a hostile pattern wants one for each
 * character: within this few are made, then RE2 goes on without. It is also what a pattern keeps in memory at most.
 */
const MAX_AUTOMATON_BYTES = 256 * 1_024;

export interface Pattern {
  /** Longest text that it may be given: `MAX_PATTERN_INPUT_CHARACTERS`, less with more than 64 instructions, 2,016 at least. */
  maxCharacters: number;
  /** True when the pattern is found anywhere in the text. */
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
  // Of itself RE2JS lets a pattern's automaton have 8 MiB; only a set can be told otherwise.
  const set = new RE2Set(RE2Set.UNANCHORED, compiled.flags(), MAX_AUTOMATON_BYTES);
  set.add(compiled.pattern());
  set.compile();
  const affordable = Math.floor(MAX_PATTERN_STEPS / compiled.programSize());
  return {
    maxCharacters: Math.min(MAX_PATTERN_INPUT_CHARACTERS, affordable),
    isFoundIn: (text) => set.match(text).length > 0,
    startIn(text) {
      const matcher = compiled.matcher(text);
      return matcher.find() ? matcher.start() : null;
    },
  };
}
