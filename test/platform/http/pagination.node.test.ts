import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor, listIdentity } from '../../../src/platform/http/pagination.ts';

const positions = fc.array(
  fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
);

it('a cursor gives back the position it was made from', () => {
  fc.assert(
    fc.property(positions, (position) => {
      const cursor = encodeCursor('list', position);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(JSON.stringify(decodeCursor('list', cursor, position.length))).toBe(JSON.stringify(position));
    }),
  );
});

it('a cursor of another list, of another length, or made up is refused', () => {
  const refused = expect.objectContaining({ code: 'INVALID_CURSOR' });
  const attempt = (list: string, cursor: string, length: number) => {
    try {
      return decodeCursor(list, cursor, length);
    } catch (error) {
      return error;
    }
  };
  expect(attempt('other', encodeCursor('list', [1]), 1)).toEqual(refused);
  expect(attempt('list', encodeCursor('list', [1]), 2)).toEqual(refused);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(attempt('list', text, 1)).toEqual(refused);
    }),
  );
});

it('a list is another one with other filters, and the same with another page', async () => {
  const identity = await listIdentity('proxies', { country: 'US', limit: 10, cursor: 'x', status: undefined });
  expect(await listIdentity('proxies', { country: 'US', limit: 20 })).toBe(identity);
  expect(await listIdentity('proxies', { country: 'DE' })).not.toBe(identity);
  expect(await listIdentity('sources', { country: 'US' })).not.toBe(identity);
});
