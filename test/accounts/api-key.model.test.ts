import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createApiKey, isWellFormedApiKey, prefixOf, randomBase62 } from '../../src/accounts/api-key.model.ts';

const fromSeed = (seed: number) => (bytes: Uint8Array) => {
  let state = seed;
  for (const index of bytes.keys()) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
};

it('a new key has the documented form and its own checksum', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const key = createApiKey(fromSeed(seed));
      expect(key).toMatch(/^pp_[0-9A-Za-z]{48}$/);
      expect(isWellFormedApiKey(key)).toBe(true);
      expect(prefixOf(key)).toBe(key.slice(0, 8));
    }),
  );
});

it('a key with one character changed is no key', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 3, max: 50 }), fc.constantFrom(...'0aZ9-é '), (seed, at, character) => {
      const key = createApiKey(fromSeed(seed));
      fc.pre(key[at] !== character);
      expect(isWellFormedApiKey(key.slice(0, at) + character + key.slice(at + 1))).toBe(false);
    }),
  );
});

it('checksums agree with a key made elsewhere by the same rule', () => {
  expect(isWellFormedApiKey('pp_TestsOnlyAdminKey0xxxxxxxxxxxxxxxxxxxxxxxx0W5InD')).toBe(true);
});

it('a random text has no character that is likelier than another', () => {
  let next = 0;
  const everyByteInTurn = (bytes: Uint8Array) => {
    for (const index of bytes.keys()) bytes[index] = next++ % 256;
  };
  const text = randomBase62(62 * 4, everyByteInTurn);
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect([...counts.values()]).toEqual(Array.from({ length: 62 }, () => 4));
});
