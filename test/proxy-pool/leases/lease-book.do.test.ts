import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { readOutbox } from '../../../src/platform/durable/outbox.ts';
import { createLeaseId, poolNumberOf } from '../../../src/proxy-pool/leases/lease-id.model.ts';
import {
  acquired,
  acquireRequest,
  countRows,
  type FreshBook,
  freshAccount,
  freshBook,
  movableClock,
  proxyRow,
  setBookClock,
} from './support.ts';

async function waitersIn(book: FreshBook, count: number): Promise<void> {
  await expect.poll(async () => (await book.client.stats()).waiters).toBe(count);
}

test('an acquire charges one credit and names the pool in its lease id', async () => {
  const book = freshBook();
  const { accountId, ledger } = await freshAccount(5);
  await book.client.apply([proxyRow({ ip: '203.0.113.7', port: 3128 })]);

  const { lease, creditsRemaining } = await acquired(book.client.acquire(acquireRequest(accountId)));

  expect(creditsRemaining).toBe(4);
  expect(poolNumberOf(lease.leaseId)).toBe(book.poolNumber);
  const { items } = await ledger.transactions({ limit: 1 });
  expect(items).toMatchObject([
    { amount: -1, type: 'acquire', reference: lease.leaseId, description: 'Proxy acquired: 203.0.113.7:3128' },
  ]);
  expect(await book.client.leases(accountId)).toMatchObject({ ok: true, items: [{ leaseId: lease.leaseId }] });
});

test('an acquire without a key writes one row in the book and one in the ledger, and reads at most five', async () => {
  const book = freshBook();
  const { accountId, stub } = await freshAccount(50);
  await book.client.apply(Array.from({ length: 20 }, () => proxyRow()));
  await acquired(book.client.acquire(acquireRequest(accountId)));
  const ledgerRows = { read: 0, written: 0 };
  const bookRows = await countRows(book.stub(), async () => {
    Object.assign(ledgerRows, await countRows(stub(), () => acquired(book.client.acquire(acquireRequest(accountId)))));
  });
  expect(bookRows.written + ledgerRows.written).toBe(2);
  expect(bookRows.read + ledgerRows.read).toBeLessThanOrEqual(5);
});

test('64 parallel acquires with one key on one free proxy give one lease and 63 replays', async () => {
  const book = freshBook();
  const { accountId, ledger } = await freshAccount(100);
  await book.client.apply([proxyRow()]);
  const request = acquireRequest(accountId, { idempotency: { key: 'one', bodyHash: 'same' } });

  const results = await Promise.all(Array.from({ length: 64 }, () => acquired(book.client.acquire(request))));

  expect(new Set(results.map((result) => result.lease.leaseId)).size).toBe(1);
  expect(results.filter((result) => result.replayed)).toHaveLength(63);
  expect((await ledger.summary()).balance).toBe(99);
  const other = { ...request, idempotency: { key: 'one', bodyHash: 'other' } };
  expect(await book.client.acquire(other)).toEqual({ ok: false, code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('one key used in two pools at once is charged once', async () => {
  const [here, there] = [freshBook(), freshBook()];
  const { accountId, ledger } = await freshAccount(100);
  await Promise.all([here.client.apply([proxyRow()]), there.client.apply([proxyRow()])]);
  const request = acquireRequest(accountId, { idempotency: { key: 'two', bodyHash: 'same' } });

  const results = await Promise.all([here, there].map((book) => acquired(book.client.acquire(request))));

  expect(results[0]?.lease.leaseId).toBe(results[1]?.lease.leaseId);
  expect((await ledger.summary()).balance).toBe(99);
  const free = await Promise.all([here, there].map(async (book) => (await book.client.stats()).free));
  expect(free.sort()).toEqual([0, 1]);
});

test("a ledger's refusal is passed on as data: no caller of a book has anything to dispose of", async () => {
  const book = freshBook();
  const { accountId } = await freshAccount(0);
  await book.client.apply([proxyRow()]);
  const refused = await runInDurableObject(book.stub(), (instance) => instance.acquire(acquireRequest(accountId)));
  expect(refused).toEqual({ ok: false, code: 'INSUFFICIENT_CREDITS', balance: 0 });
  expect(Symbol.dispose in refused).toBe(false);
});

test('10 credits buy exactly 10 of 200 parallel acquires, each another proxy', async () => {
  const book = freshBook();
  const { accountId, ledger } = await freshAccount(10);
  await book.client.apply(Array.from({ length: 200 }, () => proxyRow()));

  const results = await Promise.all(Array.from({ length: 200 }, () => book.client.acquire(acquireRequest(accountId))));

  const granted = results.flatMap((result) => (result.ok ? [result.lease.proxy.id] : []));
  expect([granted.length, new Set(granted).size]).toEqual([10, 10]);
  const refused = results.flatMap((result) => (result.ok ? [] : [result]));
  expect(refused).toEqual(Array.from({ length: 190 }, () => ({ ok: false, code: 'INSUFFICIENT_CREDITS', balance: 0 })));
  expect(await ledger.summary()).toMatchObject({ balance: 0, entries: 11 });
  expect(await book.client.stats()).toMatchObject({ free: 190, liveLeases: 10 });
});

test('a lease ends by the alarm at its time: the proxy is free, the event is in the outbox, the release says so', async () => {
  const book = freshBook();
  const clock = movableClock();
  const { accountId } = await freshAccount(10);
  await book.client.apply([proxyRow()]);
  await setBookClock(book, clock);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId, { leaseDurationMs: 5_000 })));
  const alarmAtMs = await runInDurableObject(book.stub(), (_, state) => state.storage.getAlarm());
  expect(alarmAtMs).toBe(lease.expiresAtMs);

  clock.advance(5_000);
  expect(await runDurableObjectAlarm(book.stub())).toBe(true);

  expect(await book.client.stats()).toMatchObject({ free: 1, liveLeases: 0 });
  const events = await runInDurableObject(book.stub(), (_, state) => readOutbox(state.storage.sql, 10));
  expect(events).toMatchObject([
    { type: 'lease.expired', payload: { lease_id: lease.leaseId, account_id: accountId } },
  ]);
  expect(await book.client.release({ accountId, leaseId: lease.leaseId })).toEqual({
    ok: false,
    code: 'LEASE_EXPIRED',
  });
});

test('waiters get the proxy in order of arrival: by release, by expiry, by a proxy that is new', async () => {
  const book = freshBook();
  const clock = movableClock();
  const { accountId } = await freshAccount(50);
  await book.client.apply([proxyRow()]);
  await setBookClock(book, clock);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId)));
  const served: number[] = [];
  const waiting: Promise<unknown>[] = [];
  for (let place = 0; place < 3; place += 1) {
    const request = acquireRequest(accountId, { waitMs: 30_000, leaseDurationMs: 1_000 });
    waiting.push(acquired(book.client.acquire(request)).then(() => served.push(place)));
    await waitersIn(book, place + 1);
  }

  await book.client.release({ accountId, leaseId: lease.leaseId });
  await expect.poll(() => served).toEqual([0]);
  clock.advance(1_000);
  await runDurableObjectAlarm(book.stub());
  await expect.poll(() => served).toEqual([0, 1]);
  await book.client.apply([proxyRow()]);
  await expect.poll(() => served).toEqual([0, 1, 2]);
  await Promise.all(waiting);
});

test('a waiter that hangs up leaves the queue, also when it does so before it stands in it', async () => {
  const book = freshBook();
  const { accountId, ledger } = await freshAccount(50);
  await book.client.apply([proxyRow()]);
  await acquired(book.client.acquire(acquireRequest(accountId)));

  const waiting = book.client.acquire(acquireRequest(accountId, { waitMs: 30_000, waiterId: 'gone' }));
  await waitersIn(book, 1);
  await book.client.leaveQueue('gone');
  expect(await waiting).toEqual({ ok: false, code: 'LEFT' });
  await book.client.leaveQueue('early');
  const early = book.client.acquire(acquireRequest(accountId, { waitMs: 30_000, waiterId: 'early' }));
  expect(await early).toEqual({ ok: false, code: 'LEFT' });
  expect((await book.client.stats()).waiters).toBe(0);
  expect((await ledger.summary()).balance).toBe(49);
});

test('a waiter whose time is over gets the refusal it would have had at once', async () => {
  const book = freshBook();
  const { accountId } = await freshAccount(5);
  await book.client.apply([proxyRow()]);
  await acquired(book.client.acquire(acquireRequest(accountId)));
  const result = await book.client.acquire(acquireRequest(accountId, { waitMs: 50 }));
  expect(result).toMatchObject({ ok: false, code: 'ALL_PROXIES_LEASED' });
});

test('an account has ten places in the queue and as many leases as it may', async () => {
  const book = freshBook();
  const { accountId } = await freshAccount(5);
  await book.client.apply([proxyRow()]);
  await acquired(book.client.acquire(acquireRequest(accountId)));
  const wait = (waiterId: string) => book.client.acquire(acquireRequest(accountId, { waitMs: 30_000, waiterId }));
  const waiting = Array.from({ length: 10 }, (_, index) => wait(`${accountId}-${index}`));
  await waitersIn(book, 10);
  expect(await wait('eleventh')).toEqual({ ok: false, code: 'QUEUE_FULL' });
  expect(await book.client.acquire(acquireRequest(accountId, { maxLiveLeases: 1 }))).toEqual({
    ok: false,
    code: 'TOO_MANY_LEASES',
  });
  await Promise.all(waiting.map((_, index) => book.client.leaveQueue(`${accountId}-${index}`)));
  await Promise.all(waiting);
});

test('nothing acknowledged is lost when book and ledger are evicted', async () => {
  const book = freshBook();
  const { accountId, stub } = await freshAccount(5);
  await book.client.apply([proxyRow(), proxyRow()]);
  const request = acquireRequest(accountId, { idempotency: { key: 'kept', bodyHash: 'same' } });
  const first = await acquired(book.client.acquire(request));

  await evictDurableObject(book.stub());
  await evictDurableObject(stub());

  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [first.lease] });
  const again = await acquired(book.client.acquire(request));
  expect(again).toEqual({ ...first, replayed: true });
  const released = await book.client.release({ accountId, leaseId: first.lease.leaseId });
  expect(released).toMatchObject({ ok: true });
  await evictDurableObject(book.stub());
  expect(await book.client.release({ accountId, leaseId: first.lease.leaseId })).toEqual(released);
  expect(await book.client.watermark()).toBe(0);
});

test('a lease that was written but not charged when the book died is void, and its late debit is refused', async () => {
  const book = freshBook();
  const { accountId, ledger } = await freshAccount(5);
  const row = proxyRow();
  await book.client.apply([row]);
  const leaseId = createLeaseId({ poolNumber: book.poolNumber, nowMs: Date.now() });
  await runInDurableObject(book.stub(), (_, state) => {
    state.storage.sql.exec(
      'UPDATE proxies SET lease_sequence = 1, lease_id = ?, lease_account_id = ?, acquired_at_ms = ?, expires_at_ms = ?',
      leaseId,
      accountId,
      Date.now(),
      Date.now() + 300_000,
    );
  });
  await evictDurableObject(book.stub());

  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [] });

  expect(await book.client.stats()).toMatchObject({ free: 1, liveLeases: 0 });
  const debit = { reference: leaseId, amount: 1, type: 'acquire', description: 'late', apiKeyId: null } as const;
  expect(await ledger.debit({ ...debit, idempotency: null })).toEqual({ ok: false, code: 'VOID' });
  expect((await ledger.summary()).balance).toBe(5);
});

test('a book that wakes by its alarm settles what a crash left open and marks it all with one row', async () => {
  const book = freshBook();
  const { accountId } = await freshAccount(20);
  await book.client.apply(Array.from({ length: 10 }, () => proxyRow()));
  for (let count = 0; count < 10; count += 1) await acquired(book.client.acquire(acquireRequest(accountId)));
  await evictDurableObject(book.stub());
  await book.client.stats();

  await runDurableObjectAlarm(book.stub());

  const checkpoint = await runInDurableObject(book.stub(), (_, state) =>
    state.storage.sql.exec("SELECT value FROM book WHERE name = 'checkpoint'").toArray(),
  );
  expect(checkpoint).toEqual([{ value: 10 }]);
  expect(await book.client.leases(accountId)).toMatchObject({ items: { length: 10 } });
});

test('a lease runs on when its proxy leaves the pool, and the proxy is not leased again', async () => {
  const book = freshBook();
  const { accountId } = await freshAccount(5);
  const row = proxyRow();
  await book.client.apply([row]);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId)));
  const gone = proxyRow({ id: row.id, leasable: false });
  await book.client.apply([gone]);
  expect(await book.client.leases(accountId)).toMatchObject({ items: [{ leaseId: lease.leaseId }] });
  expect(await book.client.release({ accountId, leaseId: lease.leaseId })).toMatchObject({ ok: true });
  expect(await book.client.acquire(acquireRequest(accountId))).toEqual({ ok: false, code: 'NO_MATCHING_PROXY' });
  await book.client.applyPulled({ rows: [gone], watermark: gone.revision });
  const rows = await runInDurableObject(book.stub(), (_, state) =>
    state.storage.sql.exec('SELECT id FROM proxies').toArray(),
  );
  expect(rows).toEqual([]);
});
