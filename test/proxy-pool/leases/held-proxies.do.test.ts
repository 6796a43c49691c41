import { evictDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { acquired, acquireRequest, countRows, freshAccount, freshBook, proxyRow } from './support.ts';

async function bookWith(count: number) {
  const book = freshBook();
  const rows = Array.from({ length: count }, (_, index) => proxyRow({ score: 1 - index / 100 }));
  await book.client.apply(rows);
  return { book, ids: rows.map(({ id }) => id) };
}

const hold = (revision: number, ...proxyIds: (string | undefined)[]) => ({
  revision,
  proxyIds: proxyIds.map((id) => id ?? ''),
});

test('what routing holds is nobody’s to lease, over an eviction too, until it is let go', async () => {
  const { book, ids } = await bookWith(2);
  const { accountId } = await freshAccount(5);
  expect(await book.client.hold(hold(1, ...ids))).toEqual({ ok: true, held: ids });
  await evictDurableObject(book.stub());
  expect(await book.client.acquire(acquireRequest(accountId))).toEqual({ ok: false, code: 'NO_MATCHING_PROXY' });
  expect(await book.client.standings([...ids, 'unknown'])).toEqual(['held', 'held', 'unknown']);
  const filters = { protocol: null, country: null, anonymity: null, minScore: null };
  expect((await book.client.candidates({ accountId, filters, maxProxies: 5 })).items).toEqual([]);
  expect(await book.client.hold(hold(2, ids[0]))).toEqual({ ok: true, held: [ids[0]] });
  expect((await acquired(book.client.acquire(acquireRequest(accountId)))).lease.proxy.id).toBe(ids[1]);
});

test('what is leased is not held, and what is held stays so when its checks fail', async () => {
  const { book, ids } = await bookWith(2);
  const { accountId } = await freshAccount(5);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId)));
  expect(await book.client.hold(hold(1, ...ids))).toEqual({ ok: true, held: [ids[1]] });
  await book.client.apply([proxyRow({ id: ids[1] ?? '', leasable: false })]);
  expect(await book.client.hold(hold(2, ...ids))).toEqual({ ok: true, held: [ids[1]] });
  await book.client.release({ accountId, leaseId: lease.leaseId });
  expect(await book.client.hold(hold(2, ...ids))).toEqual({ ok: true, held: ids });
});

test('who waits is served first by what is let go', async () => {
  const { book, ids } = await bookWith(2);
  const [first, second] = [await freshAccount(5), await freshAccount(5)];
  await book.client.hold(hold(1, ids[1]));
  await acquired(book.client.acquire(acquireRequest(first.accountId)));
  const waiting = acquired(book.client.acquire(acquireRequest(second.accountId, { waitMs: 30_000 })));
  await expect.poll(async () => (await book.client.stats()).waiters).toBe(1);
  await book.client.hold(hold(2));
  expect((await waiting).lease.proxy.id).toBe(ids[1]);
});

test('an older list changes nothing, and the same one again writes nothing', async () => {
  const { book, ids } = await bookWith(3);
  await book.client.hold(hold(5, ...ids));
  await evictDurableObject(book.stub());
  expect(await book.client.hold(hold(4))).toEqual({ ok: false, code: 'OUTDATED' });
  const rows = await countRows(book.stub(), async () => {
    expect(await book.client.hold(hold(5, ...ids))).toEqual({ ok: true, held: ids });
  });
  expect(rows.written).toBe(0);
});
