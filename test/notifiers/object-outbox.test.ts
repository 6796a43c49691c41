import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { appendToOutbox, hasOutboxRows, readOutbox } from '../../src/platform/durable/outbox.ts';
import {
  acquireRequest,
  freshAccount,
  freshBook,
  movableClock,
  proxyRow,
  setBookClock,
} from '../proxy-pool/leases/support.ts';
import { isolatedNotifiers } from './isolated.ts';
import { createNotifier, ownHook, webhookFields } from './support.ts';

/** Ledgers that die again and again, and how often each does between the commit of an event and its way out. */
const LEDGERS = 20;
const DEATHS = 10;

interface Told {
  id: string;
  accountId: string;
  type: string;
}

async function toldTo(hook: ReturnType<typeof ownHook>): Promise<Told[]> {
  return (await hook.received()).map(({ headers, body }) => {
    const { type, data } = JSON.parse(body);
    return { id: headers['webhook-id'] ?? '', accountId: data.account_id, type };
  });
}

type FreshAccount = Awaited<ReturnType<typeof freshAccount>>;

/** Spends the tenth credit, which raises an event, and ends the ledger's life in the same turn, in one of three ways. */
async function dieAfterCommit({ stub, ledger }: FreshAccount, place: number): Promise<void> {
  // Before, not after: nobody touches the ledger after its last death, only its alarm wakes it.
  await ledger.credit({ reference: `refill-${place}`, amount: 1, type: 'purchase', description: 'x' });
  const spend = { reference: `spend-${place}`, amount: -1, type: 'adjustment', description: 'x' } as const;
  const way = place % 3;
  if (way === 0) {
    // The answer is lost with the object: it aborts before anybody hears of it.
    const death = runInDurableObject(stub(), async (object, state) => {
      await object.credit(spend);
      await state.storage.sync();
      state.abort('a crash after the commit');
    });
    await death.catch(() => undefined);
  } else if (way === 1) {
    await ledger.credit(spend);
    await evictDurableObject(stub());
  } else {
    // Dies in the middle of handing over: the alarm has begun, the events may or may not have arrived.
    await ledger.credit(spend);
    const death = runInDurableObject(stub(), async (object, state) => {
      await object.alarm();
      state.abort('a crash while handing over');
    });
    await death.catch(() => undefined);
  }
}

test(`of ${LEDGERS * DEATHS} events whose object dies between commit and send none is lost, and doubles share their id`, async () => {
  const hook = ownHook();
  await createNotifier(webhookFields(hook, { events: ['credits.low'] }));
  const accounts = await Promise.all(Array.from({ length: LEDGERS }, () => freshAccount(9)));
  await Promise.all(
    accounts.map(async (account, index) => {
      for (let death = 0; death < DEATHS; death += 1) await dieAfterCommit(account, index + death);
    }),
  );

  const feature = isolatedNotifiers();
  const idsOf = async () => {
    // What cron and the consumer do: a hint may have died with its object.
    feature.time.nowMs = Date.now();
    await feature.deliveries.sweep();
    await feature.work();
    const byAccount = Map.groupBy(await toldTo(hook), ({ accountId }) => accountId);
    return accounts.map(({ accountId }) => new Set(byAccount.get(accountId)?.map(({ id }) => id)).size);
  };
  const each = accounts.map(() => DEATHS);
  await expect.poll(idsOf, { timeout: 90_000, interval: 2_000 }).toEqual(each);
}, 180_000);

test('a lease that expires is told by its book, and the outbox is empty then', async () => {
  const hook = ownHook();
  await createNotifier(webhookFields(hook, { events: ['lease.*'] }));
  const book = freshBook();
  const { accountId } = await freshAccount(5);
  const clock = movableClock();
  await book.client.apply([proxyRow()]);
  await setBookClock(book, clock);
  const acquired = await book.client.acquire(acquireRequest(accountId, { leaseDurationMs: 5_000 }));
  clock.advance(5_000);
  await runDurableObjectAlarm(book.stub());
  clock.advance(1_000);
  await runDurableObjectAlarm(book.stub());

  await expect.poll(() => toldTo(hook), { timeout: 20_000 }).toMatchObject([{ accountId, type: 'lease.expired' }]);
  expect(acquired.ok).toBe(true);
  const isEmpty = () => runInDurableObject(book.stub(), (_, state) => !hasOutboxRows(state.storage.sql));
  await expect.poll(isEmpty, { timeout: 20_000 }).toBe(true);
});

test('events stay in the object while the database refuses them, and go out when it does not any more', async () => {
  const hook = ownHook();
  const { id } = await createNotifier(webhookFields(hook, { events: ['credits.exhausted'] }));
  const { accountId, stub } = await freshAccount(1);
  await env.DB.prepare('ALTER TABLE notifier_deliveries RENAME TO notifier_deliveries_away').run();
  try {
    await stub().credit({ reference: 'spend', amount: -1, type: 'adjustment', description: 'x' });
    await runDurableObjectAlarm(stub());
    const kept = () => runInDurableObject(stub(), (_, state) => readOutbox(state.storage.sql, 10));
    await expect.poll(async () => (await kept()).map(({ type }) => type)).toEqual(['credits.exhausted']);
    const alarmAtMs = await runInDurableObject(stub(), (_, state) => state.storage.getAlarm());
    expect(alarmAtMs).toBeGreaterThan(Date.now());
  } finally {
    await env.DB.prepare('ALTER TABLE notifier_deliveries_away RENAME TO notifier_deliveries').run();
  }
  await evictDurableObject(stub());
  await stub().summary();
  await runDurableObjectAlarm(stub());
  await expect.poll(() => toldTo(hook), { timeout: 20_000 }).toMatchObject([{ accountId, type: 'credits.exhausted' }]);
  expect(id).toBeTruthy();
});

test('an outbox of more than a page empties in one go, and what comes meanwhile too', async () => {
  await env.DB.prepare('DELETE FROM notifiers').run();
  const { stub } = await freshAccount(5);
  await runInDurableObject(stub(), (_, state) => {
    for (let count = 0; count < 250; count += 1) {
      appendToOutbox(state.storage.sql, { type: 'credits.low', payload: {}, createdAtMs: Date.now() });
    }
  });
  await evictDurableObject(stub());
  await stub().summary();
  const isEmpty = () => runInDurableObject(stub(), (_, state) => !hasOutboxRows(state.storage.sql));
  await expect.poll(isEmpty, { timeout: 20_000 }).toBe(true);
});
