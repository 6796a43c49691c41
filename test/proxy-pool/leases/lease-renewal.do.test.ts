import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { renewalReference } from '../../../src/accounts/credits/reference-time.model.ts';
import type { RenewRequest } from '../../../src/proxy-pool/leases/lease-book.types.ts';
import { createLeaseId } from '../../../src/proxy-pool/leases/lease-id.model.ts';
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

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A lease of five minutes, its account and its book. */
async function leased({ credits = 20, clock = movableClock() } = {}) {
  const book = freshBook();
  const account = await freshAccount(credits);
  const { accountId } = account;
  await book.client.apply([proxyRow({ ip: '203.0.113.7', port: 3128 })]);
  await setBookClock(book, clock);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId, { leaseDurationMs: 5 * MINUTE_MS })));
  const request = (changes: Partial<RenewRequest> = {}): RenewRequest => ({
    accountId,
    apiKeyId: null,
    leaseId: lease.leaseId,
    leaseDurationMs: 10 * MINUTE_MS,
    idempotency: null,
    ...changes,
  });
  return { book, clock, lease, request, ...account };
}

/** What a crash leaves between a renewal's row and its debit, and between its debit and its end. */
async function leaveOpen(book: FreshBook, leaseId: string, expiresAtMs: number): Promise<string> {
  const reference = renewalReference(leaseId, createLeaseId({ poolNumber: book.poolNumber, nowMs: Date.now() }));
  await runInDurableObject(book.stub(), (_, state) => {
    state.storage.sql.exec(
      'UPDATE proxies SET renewal_reference = ?, renewal_expires_at_ms = ? WHERE lease_id = ?',
      reference,
      expiresAtMs,
      leaseId,
    );
  });
  return reference;
}

const renewalDebit = (reference: string) =>
  ({ reference, amount: 1, type: 'renew', description: 'Renewed', apiKeyId: null, idempotency: null }) as const;

test('a renewal costs one credit and the lease ends at now + duration, also after an eviction', async () => {
  const { book, clock, lease, request, accountId, ledger } = await leased();
  clock.advance(MINUTE_MS);

  const renewed = await acquired(book.client.renew(request()));

  const expiresAtMs = lease.acquiredAtMs + 11 * MINUTE_MS;
  expect(renewed).toEqual({ ok: true, lease: { ...lease, expiresAtMs }, creditsRemaining: 18, replayed: false });
  const { items } = await ledger.transactions({ limit: 1 });
  expect(items).toMatchObject([{ amount: -1, type: 'renew', description: 'Lease renewed: 203.0.113.7:3128' }]);
  expect(items[0]?.reference).toContain(lease.leaseId);
  await evictDurableObject(book.stub());
  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [renewed.lease] });
});

test('a renewal without a key writes two rows in the book and two in the ledger', async () => {
  const { book, request, stub } = await leased();
  const inLedger = { written: 0 };
  const inBook = await countRows(book.stub(), async () => {
    Object.assign(inLedger, await countRows(stub(), () => acquired(book.client.renew(request()))));
  });
  expect([inBook.written, inLedger.written]).toEqual([2, 2]);
});

test('a renewed lease outlives its first end and expires at its new one', async () => {
  const { book, clock, request, accountId } = await leased();
  await acquired(book.client.renew(request()));
  clock.advance(5 * MINUTE_MS);
  await runDurableObjectAlarm(book.stub());
  expect(await book.client.leases(accountId)).toMatchObject({ items: { length: 1 } });
  expect(await book.client.stats()).toMatchObject({ free: 0 });

  clock.advance(5 * MINUTE_MS);
  await runDurableObjectAlarm(book.stub());

  expect(await book.client.stats()).toMatchObject({ free: 1, liveLeases: 0 });
  expect(await book.client.renew(request())).toEqual({ ok: false, code: 'LEASE_EXPIRED' });
});

test('a renewal never makes a lease end earlier, and is paid all the same', async () => {
  const { book, lease, request, ledger } = await leased();
  const renewed = await acquired(book.client.renew(request({ leaseDurationMs: 1_000 })));
  expect(renewed.lease.expiresAtMs).toBe(lease.expiresAtMs);
  expect((await ledger.summary()).balance).toBe(18);
});

test('what is released, expired, another’s or nobody’s is not renewed and not charged', async () => {
  const { book, clock, request, accountId, ledger } = await leased();
  const stranger = await freshAccount(5);
  expect(await book.client.renew(request({ accountId: stranger.accountId }))).toEqual({
    ok: false,
    code: 'LEASE_NOT_FOUND',
  });
  const unknown = createLeaseId({ poolNumber: book.poolNumber, nowMs: Date.now() });
  expect(await book.client.renew(request({ leaseId: unknown }))).toEqual({ ok: false, code: 'LEASE_NOT_FOUND' });
  await book.client.release({ accountId, leaseId: request().leaseId });
  expect(await book.client.renew(request())).toEqual({ ok: false, code: 'LEASE_NOT_ACTIVE' });
  const next = await acquired(book.client.acquire(acquireRequest(accountId, { leaseDurationMs: 1_000 })));
  clock.advance(1_000);
  expect(await book.client.renew(request({ leaseId: next.lease.leaseId }))).toEqual({
    ok: false,
    code: 'LEASE_EXPIRED',
  });
  expect(await ledger.summary()).toMatchObject({ balance: 18, entries: 3 });
  expect((await stranger.ledger.summary()).balance).toBe(5);
});

test('without a credit, with a revoked key or a disabled account the lease stays as it was', async () => {
  const { book, lease, request, accountId, ledger } = await leased({ credits: 1 });
  expect(await book.client.renew(request())).toEqual({ ok: false, code: 'INSUFFICIENT_CREDITS', balance: 0 });
  await ledger.credit({ reference: 'more', amount: 5, type: 'purchase', description: 'Test' });
  await ledger.revokeKey('revoked');
  expect(await book.client.renew(request({ apiKeyId: 'revoked' }))).toEqual({ ok: false, code: 'KEY_REVOKED' });
  await ledger.setDisabled(true);
  expect(await book.client.renew(request())).toEqual({ ok: false, code: 'ACCOUNT_DISABLED' });
  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [lease] });
  expect((await ledger.summary()).balance).toBe(5);
});

test('64 parallel renewals with one key are one renewal and 63 replays, given again when the lease has ended', async () => {
  const { book, request, accountId, ledger } = await leased();
  const withKey = request({ idempotency: { key: 'one', bodyHash: 'same' } });

  const results = await Promise.all(Array.from({ length: 64 }, () => acquired(book.client.renew(withKey))));

  expect(new Set(results.map(({ lease }) => lease.expiresAtMs)).size).toBe(1);
  expect(results.filter(({ replayed }) => replayed)).toHaveLength(63);
  expect((await ledger.summary()).balance).toBe(18);
  await book.client.release({ accountId, leaseId: withKey.leaseId });
  expect(await book.client.renew(withKey)).toEqual({ ...results[0], replayed: true });
  const other = { ...withKey, idempotency: { key: 'one', bodyHash: 'other' } };
  expect(await book.client.renew(other)).toEqual({ ok: false, code: 'IDEMPOTENCY_KEY_REUSED' });
  expect((await ledger.summary()).balance).toBe(18);
});

test('parallel renewals without a key take turns: each is charged, and a release after them ends the lease', async () => {
  const { book, request, accountId, ledger } = await leased();
  const durations = [20, 30, 15, 40].map((minutes) => minutes * MINUTE_MS);
  const renewing = durations.map((leaseDurationMs) => acquired(book.client.renew(request({ leaseDurationMs }))));
  const releasing = book.client.release({ accountId, leaseId: request().leaseId });
  const ends = (await Promise.all(renewing)).map(({ lease }) => lease.expiresAtMs);
  expect(Math.max(...ends)).toBe(ends[3]);
  expect(await releasing).toMatchObject({ ok: true });
  expect((await ledger.summary()).balance).toBe(15);
  expect(await book.client.stats()).toMatchObject({ free: 1, liveLeases: 0 });
});

test('a renewal that was written but not charged when the book died never was, and its late debit is refused', async () => {
  const { book, lease, accountId, ledger } = await leased();
  const reference = await leaveOpen(book, lease.leaseId, lease.expiresAtMs + HOUR_MS);
  await evictDurableObject(book.stub());

  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [lease] });

  expect(await ledger.debit(renewalDebit(reference))).toEqual({ ok: false, code: 'VOID' });
  expect((await ledger.summary()).balance).toBe(19);
});

test('a renewal that was charged when the book died is the lease’s, before anybody hears of the lease', async () => {
  const { book, lease, accountId, ledger } = await leased();
  const expiresAtMs = lease.expiresAtMs + HOUR_MS;
  const reference = await leaveOpen(book, lease.leaseId, expiresAtMs);
  await ledger.debit(renewalDebit(reference));
  await evictDurableObject(book.stub());

  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [{ ...lease, expiresAtMs }] });
  expect(await ledger.settle([reference])).toMatchObject({ settlements: ['charged'] });
  const { leaseId } = lease;
  expect(await book.client.release({ accountId, leaseId })).toMatchObject({ ok: true });
});

test('a book that wakes long after the first end settles: a paid renewal holds, an unpaid one lets the lease expire', async () => {
  const [paid, unpaid] = await Promise.all([leased(), leased()]);
  const references = await Promise.all(
    [paid, unpaid].map(({ book, lease }) => leaveOpen(book, lease.leaseId, lease.expiresAtMs + HOUR_MS)),
  );
  await paid.ledger.debit(renewalDebit(references[0] ?? ''));
  for (const { book } of [paid, unpaid]) {
    await evictDurableObject(book.stub());
    await setBookClock(book, movableClock(Date.now() + 10 * MINUTE_MS));
    await runDurableObjectAlarm(book.stub());
    // The end of a lease that was held for the ledger's word is overdue: its alarm rings at once.
    await runDurableObjectAlarm(book.stub());
  }
  expect(await paid.book.client.stats()).toMatchObject({ free: 0, liveLeases: 1 });
  expect(await unpaid.book.client.stats()).toMatchObject({ free: 1, liveLeases: 0 });
  expect(await unpaid.book.client.release(unpaid.request())).toEqual({ ok: false, code: 'LEASE_EXPIRED' });
});

test('a lease that was renewed for days is still known by name for a day after its end, and then forgotten', async () => {
  const { book, clock, request, accountId, stub } = await leased({ credits: 60 });
  await runInDurableObject(stub(), (instance) => {
    instance.clock = clock;
  });
  const { leaseId } = request();
  await acquired(book.client.renew(request({ leaseDurationMs: HOUR_MS })));
  for (let hours = 0; hours < 50; hours += 1) {
    clock.advance(HOUR_MS - 1);
    await acquired(book.client.renew(request({ leaseDurationMs: HOUR_MS })));
  }
  const released = await book.client.release({ accountId, leaseId });
  expect(released).toMatchObject({ ok: true });

  clock.advance(23 * HOUR_MS);
  await runDurableObjectAlarm(book.stub());
  expect(await book.client.release({ accountId, leaseId })).toEqual(released);

  clock.advance(2 * HOUR_MS);
  await runDurableObjectAlarm(book.stub());
  expect(await book.client.release({ accountId, leaseId })).toEqual({ ok: false, code: 'LEASE_NOT_FOUND' });
});
