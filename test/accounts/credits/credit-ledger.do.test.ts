import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { createCreditLedgerClient } from '../../../src/accounts/credits/credit-ledger.client.ts';
import type { DebitRequest } from '../../../src/accounts/credits/credit-ledger.types.ts';
import { readOutbox } from '../../../src/platform/durable/outbox.ts';
import { createLeaseId } from '../../../src/proxy-pool/leases/lease-id.model.ts';

const HOUR = 60 * 60 * 1000;

async function fresh(credits: number) {
  const accountId = crypto.randomUUID();
  const client = createCreditLedgerClient(env.CREDIT_LEDGER, accountId);
  const stub = () => env.CREDIT_LEDGER.getByName(accountId);
  await client.credit({ reference: 'signup', amount: credits, type: 'signup', description: 'Welcome' });
  return { accountId, client, stub };
}

function debit(overrides: Partial<DebitRequest> = {}): DebitRequest {
  const reference = createLeaseId({ poolNumber: 0, nowMs: Date.now() });
  return { reference, amount: 1, type: 'acquire', description: 'd', apiKeyId: null, idempotency: null, ...overrides };
}

test('a debit is booked once for its lease, also after the ledger was evicted', async () => {
  const { client, stub } = await fresh(5);
  const request = debit();
  expect(await client.debit(request)).toEqual({ ok: true, outcome: 'granted', balance: 4 });
  await client.debit(debit());
  expect(await client.debit(request)).toEqual({ ok: true, outcome: 'granted', balance: 4 });
  await evictDurableObject(stub());
  expect(await client.debit(request)).toEqual({ ok: true, outcome: 'granted', balance: 4 });
  expect(await client.summary()).toMatchObject({ balance: 3, entries: 3 });
});

test('a ledger that was evicted still knows which leases are charged, whatever their age', async () => {
  const { client, stub } = await fresh(50);
  const old = debit({ reference: createLeaseId({ poolNumber: 0, nowMs: Date.now() - 30 * 60_000 }) });
  const requests = [old, ...Array.from({ length: 20 }, () => debit())];
  for (const request of requests) await client.debit(request);
  await evictDurableObject(stub());
  const unknown = createLeaseId({ poolNumber: 0, nowMs: Date.now() - 10_000 });
  const { settlements } = await client.settle([...requests.map((request) => request.reference), unknown]);
  expect(settlements).toEqual([...requests.map(() => 'charged'), 'void']);
  expect(await client.debit(debit({ reference: unknown }))).toEqual({ ok: false, code: 'VOID' });
});

test('a debit from another time than now is refused: too old, or from a clock that is ahead', async () => {
  const { client } = await fresh(5);
  for (const offMs of [-2 * HOUR, 2 * HOUR]) {
    const reference = createLeaseId({ poolNumber: 0, nowMs: Date.now() + offMs });
    expect(await client.debit(debit({ reference }))).toEqual({ ok: false, code: 'VOID' });
  }
  expect(await client.debit(debit({ reference: 'no lease id' }))).toEqual({ ok: false, code: 'INVALID_REQUEST' });
});

test('a credit is booked once for its reference, and the reference stands for nothing else', async () => {
  const { client } = await fresh(5);
  const purchase = { reference: 'order-1', amount: 7, type: 'purchase', description: 'Order 1' } as const;
  const first = await client.credit(purchase);
  expect(first).toEqual({ ok: true, balance: 12, transactionId: 2, replayed: false });
  expect(await client.credit(purchase)).toEqual({ ...first, replayed: true });
  expect(await client.credit({ ...purchase, amount: 8 })).toEqual({ ok: false, code: 'REFERENCE_REUSED' });
  const below = { reference: 'a', amount: -13, type: 'adjustment', description: 'x' } as const;
  expect(await client.credit(below)).toEqual({ ok: false, code: 'BALANCE_WOULD_BE_NEGATIVE', balance: 12 });
  expect(await client.credit({ ...below, amount: -12 })).toMatchObject({ ok: true, balance: 0 });
  for (const amount of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e10]) {
    expect(await client.credit({ ...purchase, reference: 'b', amount })).toEqual({
      ok: false,
      code: 'INVALID_REQUEST',
    });
  }
});

test('a revoked key and a disabled account spend nothing from then on, also after eviction', async () => {
  const { client, stub } = await fresh(5);
  await client.revokeKey('key-1');
  await evictDurableObject(stub());
  expect(await client.debit(debit({ apiKeyId: 'key-1' }))).toEqual({ ok: false, code: 'KEY_REVOKED' });
  expect(await client.debit(debit({ apiKeyId: 'key-2' }))).toMatchObject({ ok: true });
  await client.setDisabled(true);
  await evictDurableObject(stub());
  expect(await client.debit(debit({ apiKeyId: 'key-2' }))).toEqual({ ok: false, code: 'ACCOUNT_DISABLED' });
  await client.setDisabled(false);
  expect(await client.debit(debit({ apiKeyId: 'key-2' }))).toMatchObject({ ok: true, balance: 3 });
});

test('the journal refuses to be changed, shortened, or continued from another balance', async () => {
  const { client, stub } = await fresh(5);
  await client.debit(debit());
  const insert = (id: number, amount: number, balance: number, reference: string) =>
    `INSERT INTO journal (id, amount, type, description, reference, balance_after, created_at_ms)
     VALUES (${id}, ${amount}, 'refund', 'x', '${reference}', ${balance}, 1)`;
  for (const statement of [
    'UPDATE journal SET amount = 9',
    'DELETE FROM journal',
    insert(3, 1, 9, 'r'),
    insert(4, 1, 5, 'r'),
    insert(3, -5, -1, 'r'),
    insert(3, 1, 5, 'signup'),
  ]) {
    const run = runInDurableObject(stub(), (_, state) => state.storage.sql.exec(statement).toArray());
    await expect(run, statement).rejects.toThrow();
  }
  expect(await client.summary()).toMatchObject({ balance: 4, entries: 2 });
});

test('the outbox hears of a balance that falls below ten, and of one that reaches zero, once each', async () => {
  const { stub, accountId } = await fresh(10);
  // In one turn of the object: its alarm hands the events on a second later.
  const events = await runInDurableObject(stub(), async (ledger, state) => {
    for (let count = 0; count < 10; count += 1) await ledger.debit(debit());
    return readOutbox(state.storage.sql, 10);
  });
  expect(events.map(({ type, payload }) => ({ type, payload }))).toEqual([
    { type: 'credits.low', payload: { account_id: accountId, balance: 9 } },
    { type: 'credits.exhausted', payload: { account_id: accountId, balance: 0 } },
  ]);
});

test('an answer is kept for 24 hours; then its key may be used anew and the alarm forgets it', async () => {
  const { client, stub } = await fresh(10);
  let nowMs = Date.now();
  await runInDurableObject(stub(), (instance) => {
    instance.clock = { nowMs: () => nowMs };
  });
  const idempotency = { key: 'k', bodyHash: 'h', answer: '{"first":true}' };
  const request = debit({ idempotency });
  await client.debit(request);
  const replay = {
    ok: true,
    outcome: 'replayed',
    reference: request.reference,
    answer: idempotency.answer,
    balance: 9,
  };
  nowMs += 24 * HOUR - 1;
  expect(await client.lookupAnswer({ key: 'k', bodyHash: 'h', apiKeyId: null })).toEqual(replay);
  expect(await client.lookupAnswer({ key: 'k', bodyHash: 'x', apiKeyId: null })).toMatchObject({ ok: false });
  nowMs += 2;
  expect(await client.lookupAnswer({ key: 'k', bodyHash: 'x', apiKeyId: null })).toEqual({
    ok: true,
    outcome: 'unknown',
  });
  expect(await runDurableObjectAlarm(stub())).toBe(true);
  const left = await runInDurableObject(stub(), (_, state) =>
    state.storage.sql.exec('SELECT key FROM answers').toArray(),
  );
  expect(left).toEqual([]);
});

test('transactions are paged from the newest', async () => {
  const { client } = await fresh(10);
  for (let count = 0; count < 5; count += 1) await client.debit(debit());
  const first = await client.transactions({ limit: 4 });
  expect(first.items.map((entry) => entry.id)).toEqual([6, 5, 4, 3]);
  const second = await client.transactions({ limit: 4, beforeId: 3 });
  expect(second.items.map((entry) => [entry.id, entry.type])).toEqual([
    [2, 'acquire'],
    [1, 'signup'],
  ]);
});
