import { expect, test } from 'vitest';
import { Cancellation } from '../../src/platform/cancellation.ts';

function heard(signal: Cancellation) {
  const times = { count: 0 };
  signal.addEventListener('abort', () => {
    times.count += 1;
  });
  return times;
}

test('is given by hand, or by the signal that it follows, and each who listens hears of it once', () => {
  const caller = new AbortController();
  const request = new Cancellation(caller.signal);
  const [first, second] = [new Cancellation(request), new Cancellation(request)];
  const times = [heard(request), heard(first), heard(second)];
  first.cancel();
  first.cancel();
  expect(times.map(({ count }) => count)).toEqual([0, 1, 0]);
  expect([request.aborted, first.aborted, second.aborted]).toEqual([false, true, false]);
  caller.abort();
  expect(times.map(({ count }) => count)).toEqual([1, 1, 1]);
  expect([request.aborted, first.aborted, second.aborted]).toEqual([true, true, true]);
});

test('of a signal that was given before, it is given at once', () => {
  const request = new Cancellation(AbortSignal.abort());
  expect(request.aborted).toBe(true);
  expect(new Cancellation(request).aborted).toBe(true);
});

test('whoever is removed hears nothing, and what is released follows no more', () => {
  const caller = new AbortController();
  const request = new Cancellation(caller.signal);
  let count = 0;
  const listener = () => {
    count += 1;
  };
  request.addEventListener('abort', listener);
  request.removeEventListener('abort', listener);
  const released = new Cancellation(request);
  released.release();
  caller.abort();
  expect(count).toBe(0);
  expect(released.aborted).toBe(false);
});
