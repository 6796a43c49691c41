import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import type { AcquireResult } from '../../../src/proxy-pool/leases/lease-book.types.ts';
import { createLeaseId } from '../../../src/proxy-pool/leases/lease-id.model.ts';
import { acquired, acquireRequest, freshAccount, freshBook, movableClock, proxyRow, setBookClock } from './support.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

test('a book that wakes five minutes later settles what a crash left: charged ones expire, others never were', async () => {
  const book = freshBook();
  const { accountId, ledger } = await freshAccount(5);
  const rows = [proxyRow(), proxyRow()];
  await book.client.apply(rows);
  const leaseIds = rows.map(() => createLeaseId({ poolNumber: book.poolNumber, nowMs: Date.now() }));
  const [charged = '', uncharged = ''] = leaseIds;
  await runInDurableObject(book.stub(), (_, state) => {
    for (const [index, { id }] of rows.entries()) {
      state.storage.sql.exec(
        `UPDATE proxies SET lease_sequence = ?, lease_id = ?, lease_account_id = ?, acquired_at_ms = ?, expires_at_ms = ?
         WHERE id = ?`,
        index + 1,
        leaseIds[index] ?? '',
        accountId,
        Date.now(),
        Date.now() + 2 * MINUTE_MS,
        id,
      );
    }
  });
  const debit = { amount: 1, type: 'acquire', description: 'x', apiKeyId: null, idempotency: null } as const;
  await ledger.debit({ ...debit, reference: charged });
  await evictDurableObject(book.stub());
  const wakingAtMs = Date.now() + 5 * MINUTE_MS;
  await setBookClock(book, movableClock(wakingAtMs));

  await runDurableObjectAlarm(book.stub());
  // The charged one is overdue as soon as it is known to be charged.
  await runDurableObjectAlarm(book.stub());

  expect(await book.client.stats()).toMatchObject({ free: 2, liveLeases: 0 });
  expect(await book.client.release({ accountId, leaseId: charged })).toEqual({ ok: false, code: 'LEASE_EXPIRED' });
  expect(await book.client.release({ accountId, leaseId: uncharged })).toEqual({ ok: false, code: 'LEASE_NOT_FOUND' });
  expect(await ledger.debit({ ...debit, reference: uncharged })).toEqual({ ok: false, code: 'VOID' });
  expect(await ledger.summary()).toMatchObject({ balance: 4, entries: 2 });
});

test('waiters are served in order through a release, an expiry and a crash, each once', async () => {
  const book = freshBook();
  const clock = movableClock();
  const { accountId, ledger } = await freshAccount(20);
  await book.client.apply([proxyRow()]);
  await setBookClock(book, clock);
  const holder = await acquired(book.client.acquire(acquireRequest(accountId)));
  const served: string[] = [];
  /** Asks once: a client of ours would ask again by itself, at a moment of its own. Null: it had no answer. */
  const wait = async (name: string, place: number) => {
    const idempotency = { key: name, bodyHash: name };
    const request = acquireRequest(accountId, { waitMs: 30_000, leaseDurationMs: SECOND_MS, idempotency });
    const asking = async (): Promise<string | null> => {
      const result: AcquireResult = await book.stub().acquire(request);
      if (result.ok) served.push(name);
      return result.ok ? result.lease.leaseId : null;
    };
    const leaseId = asking().catch(() => null);
    await expect.poll(async () => (await book.client.stats()).waiters).toBe(place);
    return { leaseId };
  };
  const [first, second] = [await wait('first', 1), await wait('second', 2)];
  const lost = [await wait('third', 3), await wait('fourth', 4)];

  await book.client.release({ accountId, leaseId: holder.lease.leaseId });
  expect(await first.leaseId).not.toBeNull();
  clock.advance(SECOND_MS);
  await runDurableObjectAlarm(book.stub());
  expect(await second.leaseId).not.toBeNull();
  expect(served).toEqual(['first', 'second']);

  await runInDurableObject(book.stub(), (_, state) => state.abort('crash')).catch(() => {});
  expect(await Promise.all(lost.map(({ leaseId }) => leaseId))).toEqual([null, null]);
  await setBookClock(book, clock);
  const [third, fourth] = [await wait('third', 1), await wait('fourth', 2)];
  clock.advance(SECOND_MS);
  await runDurableObjectAlarm(book.stub());
  const leaseId = await third.leaseId;
  expect(served).toEqual(['first', 'second', 'third']);
  await book.client.release({ accountId, leaseId: leaseId ?? '' });
  expect(await fourth.leaseId).not.toBeNull();

  expect(served).toEqual(['first', 'second', 'third', 'fourth']);
  expect(await ledger.summary()).toMatchObject({ balance: 15, entries: 6 });
});
