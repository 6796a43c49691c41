import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, parseRoute } from '../../src/dashboard/app/route.model.ts';

describe('routes in the hash', () => {
  it('an empty hash is the first view', () => {
    for (const hash of ['', '#', '#/'])
      expect(parseRoute(hash, 'overview')).toMatchObject({ view: 'overview', rest: [] });
  });

  it('reads back whatever was written', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(
        text,
        fc.array(text, { maxLength: 3 }),
        fc.dictionary(text, text, { maxKeys: 3 }),
        (view, rest, query) => {
          const read = parseRoute(hashOf(view, rest, query), 'overview');
          expect([read.view, read.rest, Object.fromEntries(read.query)]).toEqual([view, rest, { ...query }]);
        },
      ),
    );
  });

  it('leaves out parameters without a value, and survives a hash that is no encoding', () => {
    expect(hashOf('proxies', [], { status: '', country: 'DE' })).toBe('#/proxies?country=DE');
    expect(parseRoute('#/%zz/%41', 'overview')).toMatchObject({ view: '%zz', rest: ['A'] });
  });
});
