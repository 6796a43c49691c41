import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  positionOfRequestId,
  REQUEST_LOG_SHARDS,
  requestIdOf,
  shardOfRequestId,
} from '../../../src/ops/requests/request-id.model.ts';

/** So many positions of a shard have ids of their own. */
const POSITIONS = 2 ** 28 / REQUEST_LOG_SHARDS;

it('an id is 7 hex digits that lead back to its shard and position, as long as it is among the last 67 million', () => {
  const shard = fc.nat(REQUEST_LOG_SHARDS - 1);
  const position = fc.integer({ min: 1, max: 2 ** 40 });
  fc.assert(
    fc.property(shard, position, fc.nat(POSITIONS - 1), (shardNumber, at, since) => {
      const id = requestIdOf(shardNumber, at);
      expect(id).toMatch(/^[0-9a-f]{7}$/);
      expect(shardOfRequestId(id)).toBe(shardNumber);
      expect(positionOfRequestId(id, at + since)).toBe(at);
    }),
    { numRuns: 5_000 },
  );
});

it('neighbours have ids of their own that do not count', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => requestIdOf(2, index + 1));
  expect(new Set(ids).size).toBe(ids.length);
  const [first = '', second = ''] = ids;
  expect(Math.abs(Number.parseInt(first, 16) - Number.parseInt(second, 16))).toBeGreaterThan(1_000);
});

it('an id whose position was never written leads nowhere', () => {
  expect(positionOfRequestId(requestIdOf(0, 5), 4)).toBeLessThanOrEqual(0);
});
