import { appError } from '../../platform/errors/app-error.ts';
import { compilePattern, MAX_PATTERN_CHARACTERS } from '../../platform/pattern.ts';
import { utf8Length } from '../../platform/utf8-length.ts';
import type { KeptLine } from './log-book.types.ts';

export type LineTest = (line: string) => boolean;

/** What a pattern asks of a line: a case-sensitive substring, or RE2; null without a pattern. 400 `INVALID_PATTERN`. */
export function lineTest(pattern: string | undefined, isRegex: boolean): LineTest | null {
  if (pattern === undefined || pattern === '') return null;
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    throw appError('INVALID_PATTERN', { message: `A pattern may have ${MAX_PATTERN_CHARACTERS} characters at most.` });
  }
  if (!isRegex) return (line) => line.includes(pattern);
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw appError('INVALID_PATTERN', { message: `The pattern is not valid: ${compiled.problem}.` });
  return (line) => compiled.pattern.isFoundIn(line);
}

/** The newest of some lines, as many as fit into both limits; they stay in their order. */
export function withinLimits(lines: readonly KeptLine[], maxLines: number, maxBytes: number): KeptLine[] {
  let first = lines.length;
  let bytes = 0;
  while (first > 0 && lines.length - first < maxLines) {
    bytes += utf8Length(lines[first - 1]?.message ?? '');
    if (bytes > maxBytes) break;
    first -= 1;
  }
  return lines.slice(first);
}
