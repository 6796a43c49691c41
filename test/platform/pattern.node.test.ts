import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePattern, MAX_PATTERN_CHARACTERS, MAX_PATTERN_INPUT_CHARACTERS } from '../../src/platform/pattern.ts';

function compiled(text: string) {
  const result = compilePattern(text);
  if (!result.ok) throw new Error(`${text}: ${result.problem}`);
  return result.pattern;
}

it.each([
  ['/v1', '/x/v1/y', 2],
  ['^/v1', '/x/v1', null],
  ['b|ab', 'zzab', 2],
  ['', 'abc', 0],
  ['$', 'abc', 3],
  ['(?i)EXAMPLE', 'https://example.com/', 8],
  ['(?P<host>example|test)\\.com', 'https://test.com/', 8],
  ['(?P<host>example|test)\\.com', 'https://testxcom/', null],
  ['ü.', 'a🙂üb', 3],
  // What a forwarding target must tell apart: a match within the origin from one that only begins in the path.
  ['example\\.com', 'https://other.test/?to=example.com', 23],
])('%s begins in %s at %s', (pattern, text, start) => {
  expect(compiled(pattern).startIn(text)).toBe(start);
  expect(compiled(pattern).isFoundIn(text)).toBe(start !== null);
});

it.each([
  ['(a?){500}a{500}', /too complex/],
  ['(a?){52}a{52}', /too complex/],
  ['(?:(?:a?){60}){60}', /RE2/],
  ['x'.repeat(MAX_PATTERN_CHARACTERS + 1), /256 characters at most/],
  ['(', /RE2/],
  ['[z-a]', /RE2/],
  ['(?<=a)b', /RE2/],
  ['(?!a)b', /RE2/],
  ['\\1', /RE2/],
])('the pattern %s is refused', (pattern, problem) => {
  expect(compilePattern(pattern)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
});

it('finds a literal where indexOf does, in any text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1, maxLength: 8 }), (text, literal) => {
      const escaped = literal.replace(/[^a-zA-Z0-9]/g, (character) => `\\x{${character.charCodeAt(0).toString(16)}}`);
      const index = text.indexOf(literal);
      expect(compiled(escaped).startIn(text)).toBe(index === -1 ? null : index);
      expect(compiled(escaped).isFoundIn(text)).toBe(index !== -1);
    }),
  );
});

it('neither throws nor accepts what it cannot run, whatever is typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (pattern, text) => {
      const result = compilePattern(pattern);
      if (result.ok) expect(result.pattern.startIn(text) !== null).toBe(result.pattern.isFoundIn(text));
      else expect(result.problem).not.toBe('');
    }),
  );
});

it.each([
  ['https?://api\\.example\\.com/', MAX_PATTERN_INPUT_CHARACTERS],
  ['x'.repeat(MAX_PATTERN_CHARACTERS), 2_032],
  ['(a?){51}a{51}', 2_040],
])('%s is run on texts of %i characters at most', (pattern, characters) => {
  expect(compiled(pattern).maxCharacters).toBe(characters);
});

it.each(['ab?', 'a|bc', 'ü*', '[^/]', '\\pL|', '(a)', '\\bx$', '(?:\\.|-)'])(
  '%s, as often as fits, is taken',
  (unit) => {
    const pattern = unit.repeat(Math.floor(MAX_PATTERN_CHARACTERS / unit.length));
    expect(compiled(pattern).maxCharacters).toBeGreaterThanOrEqual(2_000);
  },
);
