import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { toRequestEntry } from '../../../src/ops/requests/request-entry.model.ts';
import { createRequestRing, MAX_REQUESTS_PER_ACCOUNT } from '../../../src/ops/requests/request-ring.ts';
import { proxiedRequest } from './support.ts';

it('keeps the newest 1,000 of an account, however many another one of its shard has', async () => {
  const stub = env.LOG_BOOK.getByName(crypto.randomUUID());
  await stub.appendRequests([toRequestEntry(proxiedRequest('quiet', { url: '/quiet' }))]);
  await runInDurableObject(stub, (_book, { storage }) => {
    const ring = createRequestRing(storage.sql);
    const urls = Array.from({ length: 2_500 }, (_, index) => `/${index}`);
    // Alone and together, as they come.
    for (let start = 0; start < urls.length; start += start < 1_300 ? 1 : 100) {
      const some = urls.slice(start, start < 1_300 ? start + 1 : start + 100);
      ring.append(some.map((url) => toRequestEntry(proxiedRequest('loud', { url }))));
    }
  });
  const loud = await stub.listRequests({ accountId: 'loud' }, 5_000);
  expect(loud.totalCount).toBe(loud.requests.length);
  expect(loud.totalCount).toBeGreaterThanOrEqual(MAX_REQUESTS_PER_ACCOUNT);
  expect(loud.totalCount).toBeLessThanOrEqual(MAX_REQUESTS_PER_ACCOUNT + 100);
  expect(loud.requests.slice(0, 2).map(({ url }) => url)).toEqual(['/2499', '/2498']);
  expect((await stub.listRequests({ accountId: 'quiet' }, 10)).requests.map(({ url }) => url)).toEqual(['/quiet']);
});
