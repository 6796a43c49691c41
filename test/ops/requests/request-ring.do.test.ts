import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { toRequestEntry } from '../../../src/ops/requests/request-entry.model.ts';
import {
  createRequestReader,
  createRequestRing,
  MAX_REQUESTS_PER_ACCOUNT,
  MAX_REQUESTS_PER_SHARD,
} from '../../../src/ops/requests/request-ring.ts';
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

it('tells of all that came together, in order, what is then stored', async () => {
  const stub = env.LOG_BOOK.getByName(crypto.randomUUID());
  await runInDurableObject(stub, (_book, { storage: { sql } }) => {
    const [ring, reader] = [createRequestRing(sql), createRequestReader(sql)];
    for (const count of [1, 9, 10, 31]) {
      const position = reader.lastPosition();
      const entries = Array.from({ length: count }, (_, index) =>
        toRequestEntry(proxiedRequest(`account-${index % 3}`, { url: `/${index}`, tag: index % 2 ? 'odd' : null })),
      );
      const kept = ring.append(entries);
      expect(kept.map(({ url }) => url)).toEqual(entries.map(({ url }) => url));
      expect(kept).toEqual(reader.after(position, null));
    }
  });
});

it('keeps the newest 20,000 of a shard, and knows for every account that some are gone', async () => {
  const stub = env.LOG_BOOK.getByName(crypto.randomUUID());
  await runInDurableObject(stub, (_book, { storage: { sql } }) => {
    const [ring, reader] = [createRequestRing(sql), createRequestReader(sql)];
    ring.append([toRequestEntry(proxiedRequest('quiet'))]);
    sql.exec(
      `WITH RECURSIVE serial (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM serial WHERE n < ?)
       INSERT INTO requests (account_id, face, subdomain, method, url, status_code, started_at_ms, duration_ms, detail)
       SELECT 'account-' || (n % 40), 'gateway', 's', 'GET', '/' || n, 200, n, 1, '{}' FROM serial`,
      MAX_REQUESTS_PER_SHARD + 98,
    );
    expect(reader.hasForgotten(0, 'quiet')).toBe(false);
    const [last] = ring.append([toRequestEntry(proxiedRequest('last'))]);
    expect(last?.position).toBe(MAX_REQUESTS_PER_SHARD + 100);
    expect(sql.exec('SELECT COUNT(*) AS kept FROM requests').one().kept).toBe(MAX_REQUESTS_PER_SHARD);
    // Its one request went with the oldest: whoever was there before it hears that it missed something.
    expect([99, 100].map((position) => reader.hasForgotten(position, 'quiet'))).toEqual([true, false]);
  });
});
