import fc from 'fast-check';
import { expect, it } from 'vitest';
import { constantTimeText } from '../../src/platform/constant-time.ts';

/** Around the blocks that are compared, too. */
const lengths = fc.constantFrom(0, 1, 2, 254, 255, 256, 257, 511, 512, 513);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.tuple(lengths, fc.constantFrom('a', 'é', '\0', '\u{1f600}')).map(([length, unit]) => unit.repeat(length)),
);

it('says of any two texts whether they are the same, whatever was compared before', () => {
  fc.assert(
    fc.property(texts, fc.array(texts, { maxLength: 5 }), (own, others) => {
      const expected = constantTimeText(own);
      const near = [own, `${own}\0`, `${own}\x01`, own.slice(0, -1), `${own}${own}`];
      for (const other of [...others, ...near]) {
        expect([other, expected.equals(other)]).toEqual([other, other.toWellFormed() === own.toWellFormed()]);
      }
    }),
    { numRuns: 500 },
  );
});
