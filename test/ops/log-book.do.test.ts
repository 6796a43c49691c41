import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { ProcessLogLine } from '../../src/ops/logs/log-book.types.ts';

const line = (message: string, process: ProcessLogLine['process'] = 'scraper'): ProcessLogLine => ({
  process,
  level: 'info',
  message,
  atMs: 1,
});

it('keeps the newest 1,000 lines of a process in order, across an eviction, and leaves other processes alone', async () => {
  const stub = env.LOG_BOOK.getByName(crypto.randomUUID());
  await stub.append([line('of another process', 'validator')]);
  for (let hundred = 0; hundred < 12; hundred += 1) {
    await stub.append(Array.from({ length: 100 }, (_, index) => line(`line ${hundred * 100 + index}`)));
  }
  await evictDurableObject(stub);
  const { lines: newest, totalCount } = await stub.newest(['scraper'], 10_000);
  expect(totalCount).toBe(newest.length);
  expect(newest.length).toBeGreaterThanOrEqual(1_000);
  expect(newest.length).toBeLessThanOrEqual(1_100);
  expect(newest.at(-1)?.message).toBe('line 1199');
  expect(newest.map(({ message }) => message)).toEqual(
    Array.from({ length: newest.length }, (_, index) => `line ${1_200 - newest.length + index}`),
  );
  expect((await stub.newest(['validator'], 10)).lines).toHaveLength(1);
  expect((await stub.newest(['scraper'], 2)).lines.map(({ message }) => message)).toEqual(['line 1198', 'line 1199']);
});
