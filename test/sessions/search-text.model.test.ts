import fc from 'fast-check';
import { expect, it } from 'vitest';
import { searchedText, searchTextOf } from '../../src/sessions/search-text.model.ts';

const field = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\n'));

it('a search finds what has it in any field, in either case, and nothing across fields', () => {
  fc.assert(
    fc.property(field, field, fc.option(field), field, (sessionId, profileId, proxy, search) => {
      const text = searchTextOf({ sessionId, profileId, proxy });
      const fields = [sessionId, profileId, proxy ?? ''].map((one) => one.toUpperCase());
      const found = text.includes(searchedText(search) ?? '\0');
      expect(found).toBe(fields.some((one) => one.includes(search.toUpperCase())));
      expect(text.includes(searchedText(search.toLowerCase()) ?? '\0') || !found).toBe(true);
    }),
  );
  expect(searchedText('a\nb')).toBeNull();
});
