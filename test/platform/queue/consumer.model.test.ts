import { expect, it } from 'vitest';
import { retryDelaySeconds } from '../../../src/platform/queue/consumer.ts';

it('a message rests twice as long after each delivery, five minutes at most', () => {
  expect([1, 2, 3, 4, 7, 8, 1_000].map(retryDelaySeconds)).toEqual([5, 10, 20, 40, 300, 300, 300]);
  expect(retryDelaySeconds(0)).toBe(5);
});
