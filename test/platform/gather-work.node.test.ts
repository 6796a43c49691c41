import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gatherWork } from '../../src/platform/gather-work.ts';

function createPlatform() {
  const told: string[] = [];
  const waitUntil = gatherWork((work) => {
    const place = told.push('open') - 1;
    work.then(
      () => {
        told[place] = 'done';
      },
      (error: Error) => {
        told[place] = error.message;
      },
    );
  });
  return { told, waitUntil };
}

test('the platform is told once of what overlaps, and waits for the last of it', async () => {
  const { told, waitUntil } = createPlatform();
  const [first, second, third] = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()];
  waitUntil(first.promise);
  waitUntil(second.promise);
  first.resolve(null);
  await turn();
  waitUntil(third.promise);
  second.resolve(null);
  await turn();
  expect(told).toEqual(['open']);
  third.resolve(null);
  await turn();
  expect(told).toEqual(['done']);
  waitUntil(Promise.resolve());
  await turn();
  expect(told).toEqual(['done', 'done']);
});

test('it hears of the first failure, when all is over', async () => {
  const { told, waitUntil } = createPlatform();
  const slow = Promise.withResolvers();
  waitUntil(slow.promise);
  waitUntil(Promise.reject(new Error('lost')));
  waitUntil(Promise.reject(new Error('lost too')));
  await turn();
  expect(told).toEqual(['open']);
  slow.resolve(null);
  await turn();
  expect(told).toEqual(['lost']);
  waitUntil(Promise.resolve());
  await turn();
  expect(told).toEqual(['lost', 'done']);
});
