import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { refundReference } from '../../../src/accounts/credits/reference-time.model.ts';
import { runMigrations } from '../../../src/platform/durable/do-migrations.ts';
import { leaseBookMigrations } from '../../../src/proxy-pool/leases/lease-book.do-migrations.ts';
import { acquired, acquireRequest, freshAccount, freshBook, movableClock, proxyRow, setBookClock } from './support.ts';

const MINUTE_MS = 60_000;
/** What an account may have in 24 hours unless it is said otherwise. */
const REFUNDS_PER_DAY = 50;

/** A lease of five minutes whose proxy our checks found dead at once. */
async function reported({ leaseDurationMs = 5 * MINUTE_MS } = {}) {
  const book = freshBook();
  const clock = movableClock();
  const account = await freshAccount(5);
  const { accountId } = account;
  const row = proxyRow();
  await book.client.apply([row]);
  await setBookClock(book, clock);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId, { leaseDurationMs })));
  const { leaseId } = lease;
  const look = { accountId, leaseId, confirmed: null };
  const confirm = { accountId, leaseId, confirmed: { proxyId: row.id, reportedAtMs: clock.nowMs() } };
  return { book, clock, row, leaseId, look, confirm, ...account };
}

test('a report is told how the lease stands, and changes nothing by that', async () => {
  const { book, clock, row, look, ledger, accountId } = await reported();
  const acquiredAtMs = clock.nowMs();
  clock.advance(MINUTE_MS);
  const standing = { ok: true, standing: 'held', proxyId: row.id, acquiredAtMs, nowMs: acquiredAtMs + MINUTE_MS };
  expect(await book.client.report(look)).toEqual(standing);
  expect(await book.client.report({ ...look, accountId: crypto.randomUUID() })).toEqual({
    ok: false,
    code: 'LEASE_NOT_FOUND',
  });
  expect(await ledger.summary()).toMatchObject({ balance: 4, entries: 2 });
  expect(await book.client.leases(accountId)).toMatchObject({ items: [{ proxy: { id: row.id } }] });
});

test('a lease whose proxy is dead ends and is refunded once, however often it is reported', async () => {
  const { book, leaseId, row, look, confirm, ledger, accountId } = await reported();
  const answer = { ok: true, standing: 'dead', proxyId: row.id, refund: { paid: true, balance: 5 } };
  expect(await book.client.report(confirm)).toEqual(answer);
  // Spent elsewhere meanwhile: the answer stays what it was.
  await ledger.credit({ reference: 'purchase:2', amount: 7, type: 'purchase', description: 'Test' });
  expect(await Promise.all([book.client.report(confirm), book.client.report(look)])).toEqual([answer, answer]);
  const { items } = await ledger.transactions({ limit: 10 });
  const refunds = items.filter(({ type }) => type === 'refund');
  expect(refunds).toMatchObject([{ amount: 1, reference: refundReference(leaseId), balanceAfter: 5 }]);
  expect(refunds[0]?.description).toContain(leaseId);
  const gone = { ok: false, code: 'LEASE_NOT_ACTIVE' };
  expect(await book.client.release({ accountId, leaseId })).toEqual(gone);
  const renewal = { accountId, apiKeyId: null, leaseId, leaseDurationMs: MINUTE_MS, idempotency: null };
  expect(await book.client.renew(renewal)).toEqual(gone);
  expect(await book.client.leases(accountId)).toEqual({ ok: true, items: [] });
  await evictDurableObject(book.stub());
  expect(await book.client.report(confirm)).toEqual(answer);
});

test('a refund that a crash left owed is paid by the alarm, once, and stays known', async () => {
  const { book, leaseId, row, look, confirm, ledger } = await reported();
  // What stands in the book between the end of the lease and the answer of the ledger.
  await book.client.report(confirm);
  await runInDurableObject(book.stub(), (_, state) => {
    state.storage.sql.exec(
      "UPDATE ended_leases SET refund = 'owed', refund_balance = NULL WHERE lease_id = ?",
      leaseId,
    );
  });
  await evictDurableObject(book.stub());
  await runDurableObjectAlarm(book.stub());
  await runInDurableObject(book.stub(), (_, state) => {
    const owed = state.storage.sql.exec("SELECT lease_id FROM ended_leases WHERE refund = 'owed'").toArray();
    expect(owed).toEqual([]);
  });
  expect(await ledger.summary()).toMatchObject({ balance: 5, entries: 3 });
  expect(await book.client.report(look)).toEqual({
    ok: true,
    standing: 'dead',
    proxyId: row.id,
    refund: { paid: true, balance: 5 },
  });
});

test('a lease that ran out while its proxy was checked is refunded; one that had run out before is not', async () => {
  const inTime = await reported({ leaseDurationMs: 1_000 });
  inTime.clock.advance(2_000);
  await runDurableObjectAlarm(inTime.book.stub());
  expect(await inTime.book.client.report(inTime.confirm)).toMatchObject({ standing: 'dead', refund: { paid: true } });

  const late = await reported({ leaseDurationMs: 1_000 });
  late.clock.advance(2_000);
  const confirmed = { proxyId: late.row.id, reportedAtMs: late.clock.nowMs() };
  expect(await late.book.client.report({ ...late.confirm, confirmed })).toEqual({ ok: false, code: 'LEASE_EXPIRED' });
  expect(await late.ledger.summary()).toMatchObject({ balance: 4 });
});

test('an account has so many refunds in 24 hours; the lease ends all the same, and is never refunded later', async () => {
  const { book, row, confirm, ledger, stub } = await reported();
  const clock = movableClock();
  await runInDurableObject(stub(), (instance) => {
    instance.clock = clock;
  });
  for (let number = 1; number <= REFUNDS_PER_DAY; number += 1) {
    const reference = refundReference(`earlier-${number}`);
    expect(await ledger.credit({ reference, amount: 1, type: 'refund', description: 'Test' })).toMatchObject({
      ok: true,
    });
  }
  const refused = { ok: true, standing: 'dead', proxyId: row.id, refund: { paid: false, balance: null } };
  expect(await book.client.report(confirm)).toEqual(refused);
  const more = { reference: refundReference('one more'), amount: 1, type: 'refund', description: 'Test' } as const;
  expect(await ledger.credit(more)).toEqual({ ok: false, code: 'TOO_MANY_REFUNDS' });
  // Those that were booked are still answered.
  expect(await ledger.credit({ ...more, reference: refundReference('earlier-1') })).toMatchObject({ replayed: true });
  clock.advance(24 * 60 * MINUTE_MS);
  expect(await book.client.report(confirm)).toEqual(refused);
  // No is no for ever; the next day's refunds are others.
  expect(await ledger.credit(more)).toEqual({ ok: false, code: 'TOO_MANY_REFUNDS' });
  const next = { ...more, reference: refundReference('of the next day') };
  expect(await ledger.credit(next)).toMatchObject({ ok: true, replayed: false });
});

test('what ended before there were refunds is still known', async () => {
  const book = freshBook();
  await runInDurableObject(book.stub(), (_, { storage }) => {
    const { sql } = storage;
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    for (const { name } of tables) if (!name.startsWith('_cf')) sql.exec(`DROP TABLE ${name}`);
    runMigrations(storage, leaseBookMigrations.slice(0, 2));
    sql.exec("INSERT INTO ended_leases (lease_id, account_id, how, ended_at_ms) VALUES ('a', 'b', 'released', 5)");
    runMigrations(storage, leaseBookMigrations);
    const [row] = sql.exec('SELECT lease_id, account_id, how, ended_at_ms, refund FROM ended_leases').toArray();
    expect(row).toEqual({ lease_id: 'a', account_id: 'b', how: 'released', ended_at_ms: 5, refund: null });
  });
});
