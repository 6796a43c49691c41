import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSecretBox, parseKeyRing } from '../../src/platform/secrets.ts';

const base64Of = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const ringOf = (text: string) => {
  const ring = parseKeyRing(text);
  if (!ring) throw new Error('no ring');
  return ring;
};
const box = createSecretBox(ringOf(`k1:${base64Of(1)}`));

it('opens what it sealed, for any text and context', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (text, context) => {
      fc.pre(text.isWellFormed());
      const sealed = await box.seal(text, context);
      expect(text.length > 3 && sealed.includes(text)).toBe(false);
      expect(await box.open(sealed, context)).toBe(text);
    }),
    { numRuns: 100 },
  );
});

it('refuses a sealed text with any character changed, another context, or another key', async () => {
  const sealed = await box.seal('a password', 'proxy-password:1');
  for (const at of sealed.split('').keys()) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    // The last character of base64url may carry unused bits: a change there can leave the bytes as they are.
    const opened = await box.open(changed, 'proxy-password:1').catch(() => 'refused');
    expect(opened === 'refused' || (at === sealed.length - 1 && opened === 'a password')).toBe(true);
  }
  await expect(box.open(sealed, 'proxy-password:2')).rejects.toThrow();
  await expect(createSecretBox(ringOf(`k1:${base64Of(2)}`)).open(sealed, 'proxy-password:1')).rejects.toThrow();
});

it('opens with every key of the ring and seals with the first', async () => {
  const sealedBefore = await box.seal('kept', 'c');
  const rotated = createSecretBox(ringOf(`k2:${base64Of(2)},k1:${base64Of(1)}`));
  expect(await rotated.open(sealedBefore, 'c')).toBe('kept');
  expect(await rotated.seal('new', 'c')).toMatch(/^k2\./);
});

it('seals with a new key only from its time on, and opens with it before', async () => {
  let nowMs = 1_000_000;
  const ring = ringOf(`k1:${base64Of(1)},k2:${base64Of(2)}@2000`);
  const early = createSecretBox(ring, () => nowMs);
  expect([early.keyIds, early.sealing()]).toEqual([['k1', 'k2'], { keyId: 'k1', sinceMs: 0 }]);
  expect(await early.seal('a', 'c')).toMatch(/^k1\./);
  nowMs = 2_000_000;
  expect(early.sealing()).toEqual({ keyId: 'k2', sinceMs: 2_000_000 });
  const sealed = await early.seal('b', 'c');
  expect(sealed).toMatch(/^k2\./);
  // Another isolate whose clock is behind.
  expect(await createSecretBox(ring, () => 1_999_000).open(sealed, 'c')).toBe('b');
});

it.each(['', 'k1', 'k1:short', `K1:${base64Of(1)}`, `k1:${base64Of(1)}:x`, `:${base64Of(1)}`])(
  'takes no key ring like %j',
  (text) => {
    expect(parseKeyRing(text)).toBeNull();
  },
);
