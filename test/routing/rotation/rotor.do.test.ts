import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { runMigrations } from '../../../src/platform/durable/do-migrations.ts';
import { noCounts } from '../../../src/routing/rotation/rotation-state.model.ts';
import { rotorMigrations } from '../../../src/routing/rotation/rotor.do-migrations.ts';
import { readRotation } from '../../../src/routing/rotation/rotor.storage.ts';
import { movableClock } from '../../proxy-pool/leases/support.ts';
import { checkoutRequest, configurationOf, type FreshRotor, freshRotor, setRotorClock } from './support.ts';

const A = 'http://203.0.113.1:8080';
const B = 'http://203.0.113.2:8080';

async function waitersAt(rotor: FreshRotor, count: number): Promise<void> {
  await expect.poll(async () => (await rotor.client.metrics()).waiters).toBe(count);
}

const done = (checkoutId: string) => ({ checkoutId, outcome: 'success', sentAgoMs: 0, latencyMs: 5 }) as const;

test('a rotor that knows no target, or an older one, says so; it takes newer ones only', async () => {
  const { client } = freshRotor();
  expect(await client.checkout(checkoutRequest())).toEqual({ ok: false, code: 'OUTDATED' });
  expect(await client.configure(configurationOf([A], { revision: 2 }))).toBe(true);
  expect(await client.configure(configurationOf([B], { revision: 2 }))).toBe(false);
  expect(await client.configure(configurationOf([B], { revision: 1 }))).toBe(false);
  expect(await client.checkout(checkoutRequest({ revision: 3 }))).toEqual({ ok: false, code: 'OUTDATED' });
  expect(await client.checkout(checkoutRequest({ revision: 1 }))).toMatchObject({ ok: true, address: A });
});

test('those who wait are served in order of arrival, and after their time refused', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A], { maxQueueWaitMs: 400 }));
  const first = checkoutRequest();
  await client.checkout(first);
  const order: string[] = [];
  const waits: Promise<unknown>[] = [];
  const requests = [checkoutRequest(), checkoutRequest(), checkoutRequest()];
  for (const [place, request] of requests.entries()) {
    waits.push(
      client.checkout(request).then((result) => {
        order.push(result.ok ? `served ${place}` : `${result.code} ${place}`);
      }),
    );
    await waitersAt(rotor, place + 1);
  }
  await client.report([done(first.checkoutId)]);
  await expect.poll(() => order).toEqual(['served 0']);
  await client.report([done(requests[0]?.checkoutId ?? '')]);
  await Promise.all(waits);
  expect(order).toEqual(['served 0', 'served 1', 'QUEUE_TIMEOUT 2']);
  expect(await client.metrics()).toMatchObject({ queueTimeouts: 1, waiters: 0, outcomes: { success: 2 } });
});

test('whoever waits for a hold is served by the clock alone, not before it ends', async () => {
  const { client } = freshRotor();
  await client.configure(configurationOf([A], { minRequestIntervalMs: 300 }));
  const first = checkoutRequest();
  await client.checkout(first);
  const sentAtMs = Date.now();
  await client.report([done(first.checkoutId)]);
  expect(await client.checkout(checkoutRequest())).toMatchObject({ ok: true, address: A });
  expect(Date.now() - sentAtMs).toBeGreaterThanOrEqual(300);
});

test('a rotor that leaves memory has lost nothing: what is in use, held, quarantined, counted, configured', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  const addresses = [A, B, 'http://203.0.113.3:8080', 'http://203.0.113.4:8080'];
  await client.configure(
    configurationOf(addresses, {
      minRequestIntervalMs: 60_000,
      ipFailuresUntilQuarantine: 1,
      quarantineTimeMs: 90_000,
    }),
  );
  const [inUse, held, failed] = [checkoutRequest(), checkoutRequest(), checkoutRequest()];
  for (const request of [inUse, held, failed]) await client.checkout(request);
  await client.report([done(held.checkoutId)]);
  await client.report([{ ...done(failed.checkoutId), outcome: 'connection_error', latencyMs: null }]);
  const before = await client.states();
  expect(before.map(({ state }) => state)).toEqual(['IN_USE', 'HELD', 'QUARANTINED', 'FREE']);
  const metrics = await client.metrics();

  await evictDurableObject(rotor.stub());

  expect(await client.states()).toEqual(before);
  expect(await client.metrics()).toEqual(metrics);
  expect(await client.checkout(inUse)).toMatchObject({ ok: true, address: A });
  expect(await client.checkout(checkoutRequest())).toMatchObject({ ok: true, address: addresses[3] });
  expect(await client.extend(inUse.checkoutId)).toEqual({ ok: true });
  expect(await client.report([done(inUse.checkoutId)])).toEqual([{ ok: true }]);
  expect(await client.report([done(inUse.checkoutId)])).toEqual([{ ok: false }]);
});

test('what an older version has stored is what it was: in use, or not, with all that was counted', async () => {
  await runInDurableObject(freshRotor().stub(), (_instance, { storage }) => {
    const { sql } = storage;
    sql.exec('DROP TABLE ip_states; DROP TABLE rotation; DELETE FROM schema_migrations');
    runMigrations(storage, rotorMigrations.slice(0, 1));
    const counts = { ...noCounts(), latencySumMs: 12, latencyCount: 3, lastRequestAtMs: 900 };
    const insert = 'INSERT INTO ips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    sql.exec(insert, A, 'p"1', null, 7, 2, 800, null, 'c1', 1_000, 31_000, 50, 4, JSON.stringify(counts));
    sql.exec(insert, B, 'p2', 'proxy-2', 8, 0, 800, 9_000, null, null, null, null, null, JSON.stringify(noCounts()));
    runMigrations(storage, rotorMigrations);
    const rest = { position: null, place: null, heldUntilMs: 800 };
    const checkout = { id: 'c1', grantedAtMs: 1_000, lapsesAtMs: 31_000, holdMs: 50, queueMs: 4 };
    const first = { address: A, provider: 'p"1', proxyId: null, useSequence: 7, failures: 2, counts, checkout };
    const second = { address: B, provider: 'p2', proxyId: 'proxy-2', useSequence: 8, failures: 0, counts: noCounts() };
    expect([...readRotation(sql).ips]).toEqual([
      { ...rest, ...first, quarantinedUntilMs: null },
      { ...rest, ...second, quarantinedUntilMs: 9_000, checkout: null },
    ]);
  });
});

test('what is decided in one moment is stored at once, and nobody hears of it before', async () => {
  const rotor = freshRotor();
  await rotor.client.configure(configurationOf([A, B]));
  await runInDurableObject(rotor.stub(), async (instance, { storage }) => {
    const inUse = "SELECT address FROM ip_states WHERE state ->> '$.checkout.id' IS NOT NULL";
    const stored = () => storage.sql.exec(inUse).toArray().length;
    const [first, second] = [checkoutRequest(), checkoutRequest()];
    const heard: [what: string, stored: number][] = [];
    const hear = async (what: string, answer: Promise<{ ok: boolean }>) => {
      const { ok } = await answer;
      heard.push([`${what} ${ok}`, stored()]);
    };
    const asked = [
      hear('first', instance.checkout(first)),
      hear('second', instance.checkout(second)),
      hear('again', instance.checkout(first)),
      hear('states', instance.states()),
    ];
    expect(stored()).toBe(0);
    await Promise.all(asked);
    expect(heard.sort()).toEqual([
      ['again true', 2],
      ['first true', 2],
      ['second true', 2],
      ['states true', 2],
    ]);
  });
});

test('when it can not store what it decided, no caller has an IP of it, and it goes on from what was stored', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A, B]));
  const kept = checkoutRequest();
  await client.checkout(kept);
  await runInDurableObject(rotor.stub(), (_instance, { storage }) => {
    storage.sql.exec(`CREATE TRIGGER full BEFORE INSERT ON ip_states WHEN NEW.address = '${B}'
      BEGIN SELECT RAISE(ABORT, 'the storage is full'); END`);
  });
  const failed = await Promise.allSettled([
    client.checkout(checkoutRequest()),
    client.report([done(kept.checkoutId)]),
    client.checkout(checkoutRequest()),
  ]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await runInDurableObject(rotor.stub(), (_instance, { storage }) => void storage.sql.exec('DROP TRIGGER full'));
  expect(await client.states()).toMatchObject([
    { address: A, state: 'IN_USE' },
    { address: B, state: 'FREE' },
  ]);
  expect(await client.report([done(kept.checkoutId)])).toEqual([{ ok: true }]);
});

test('a caller that hangs up leaves the line, gives back what it was given, and never waits when it left first', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A]));
  const first = checkoutRequest();
  await client.checkout(first);
  const waiting = checkoutRequest();
  const result = client.checkout(waiting);
  await waitersAt(rotor, 1);
  await client.leave(waiting.checkoutId);
  expect(await result).toEqual({ ok: false, code: 'LEFT' });
  await client.leave(first.checkoutId);
  expect(await client.states()).toMatchObject([{ state: 'FREE' }]);
  const early = checkoutRequest();
  await client.leave(early.checkoutId);
  expect(await client.checkout(early)).toEqual({ ok: false, code: 'LEFT' });
  expect(await client.metrics()).toMatchObject({ outcomes: { cancelled: 1, success: 0 } });
});

test('what comes with a checkout whose caller left before counts all the same', async () => {
  const { client } = freshRotor();
  await client.configure(configurationOf([A]));
  const [first, early] = [checkoutRequest(), checkoutRequest()];
  await client.checkout(first);
  await client.leave(early.checkoutId);
  const told = { ...early, reports: [done(first.checkoutId)] };
  expect(await client.checkout(told)).toEqual({ ok: false, code: 'LEFT' });
  expect(await client.states()).toMatchObject([{ address: A, state: 'FREE' }]);
  expect(await client.metrics()).toMatchObject({ outcomes: { success: 1 } });
});

test('several ask at once: each gets an IP, a refusal, or a place in line, whose turn it hears of when it asks by itself', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A, B]));
  const earlier = checkoutRequest();
  await client.checkout(earlier);
  const [first, second, third, fourth] = [checkoutRequest(), checkoutRequest(), checkoutRequest(), checkoutRequest()];
  const [unknown, gone] = [checkoutRequest({ forced: 'http://203.0.113.9:8080' }), checkoutRequest()];
  await client.leave(gone.checkoutId);
  const told = { ...first, reports: [done(earlier.checkoutId)] };
  expect(await client.checkoutEach([told, second, third, unknown, gone, fourth])).toEqual([
    { ok: true, address: B, provider: 'p', proxyId: null, queueMs: 0, isAwaited: true },
    { ok: true, address: A, provider: 'p', proxyId: null, queueMs: 0, isAwaited: true },
    null,
    { ok: false, code: 'UNKNOWN_IP' },
    { ok: false, code: 'LEFT' },
    null,
  ]);
  expect(await client.metrics()).toMatchObject({ waiters: 2, checkouts: 2, outcomes: { success: 1 } });
  // The third has not asked for its turn yet when it comes; the fourth has.
  const turn = client.checkout(fourth);
  await client.report([done(second.checkoutId)]);
  expect(await client.metrics()).toMatchObject({ waiters: 1, checkouts: 2 });
  expect(await client.checkout(third)).toMatchObject({ ok: true, address: A });
  await client.report([done(first.checkoutId)]);
  expect(await turn).toMatchObject({ ok: true, address: B });
  expect(await client.metrics()).toMatchObject({ waiters: 0, checkouts: 2, outcomes: { success: 3 } });
});

test('who is refused in line before it has asked by itself hears of it when it does, and does not wait anew', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A], { maxQueueWaitMs: 150 }));
  const [first, second, third] = [checkoutRequest(), checkoutRequest(), checkoutRequest()];
  expect(await client.checkoutEach([first, second, third])).toMatchObject([{ ok: true }, null, null]);
  await client.leave(third.checkoutId);
  await waitersAt(rotor, 0);
  expect(await client.checkout(second)).toEqual({ ok: false, code: 'QUEUE_TIMEOUT' });
  expect(await client.checkoutEach([third])).toEqual([{ ok: false, code: 'LEFT' }]);
  expect(await client.metrics()).toMatchObject({ queueTimeouts: 1, waiters: 0 });
});

test('who asks for its turn as its time ends is refused once, be it a moment before that is stored', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A], { maxQueueWaitMs: 1_000 }));
  const clock = movableClock();
  await setRotorClock(rotor, clock);
  const [first, second, third] = [checkoutRequest(), checkoutRequest(), checkoutRequest()];
  const timedOut = { ok: false, code: 'QUEUE_TIMEOUT' };
  expect(await client.checkoutEach([first, second, third])).toMatchObject([{ ok: true }, null, null]);
  await runInDurableObject(rotor.stub(), async (instance) => {
    clock.advance(1_001);
    // The first of these commands ends the time of both.
    const asked = [instance.checkout(second), instance.checkout(third)];
    expect(await Promise.all(asked)).toEqual([timedOut, timedOut]);
  });
  expect(await client.metrics()).toMatchObject({ queueTimeouts: 2, waiters: 0, checkouts: 1 });
});

test('a checkout that nobody extends lapses, and a late report of it changes nothing', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  const clock = movableClock();
  await client.configure(configurationOf([A]));
  await setRotorClock(rotor, clock);
  const crashed = checkoutRequest();
  await client.checkout(crashed);
  clock.advance(29_999);
  expect(await client.extend(crashed.checkoutId)).toEqual({ ok: true });
  clock.advance(30_000);
  const next = checkoutRequest();
  expect(await client.checkout(next)).toMatchObject({ ok: true, address: A });
  expect(await client.extend(crashed.checkoutId)).toEqual({ ok: false });
  expect(await client.report([done(crashed.checkoutId)])).toEqual([{ ok: false }]);
  expect(await client.states()).toMatchObject([{ state: 'IN_USE', requestCount: 1 }]);
  expect(await client.metrics()).toMatchObject({ outcomes: { lapsed: 1, success: 0 } });
});

test('a change reaches those who wait: a new IP serves them, a target that goes refuses them, what is in use drains', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A]));
  const first = checkoutRequest();
  await client.checkout(first);
  const [second, third, forced] = [
    client.checkout(checkoutRequest()),
    client.checkout(checkoutRequest()),
    client.checkout(checkoutRequest({ forced: A })),
  ];
  await waitersAt(rotor, 3);
  await client.configure(configurationOf([B], { revision: 2 }));
  expect(await second).toMatchObject({ ok: true, address: B });
  expect(await forced).toEqual({ ok: false, code: 'UNKNOWN_IP' });
  expect(await client.states()).toMatchObject([
    { address: B, state: 'IN_USE', isDraining: false },
    { address: A, state: 'IN_USE', isDraining: true },
  ]);
  await client.report([done(first.checkoutId)]);
  expect(await client.states()).toMatchObject([{ address: B }]);
  expect(await client.remove(3)).toBe(true);
  expect(await third).toEqual({ ok: false, code: 'NO_TARGET' });
  expect(await client.configure(configurationOf([A], { revision: 2 }))).toBe(false);
  expect(await client.checkout(checkoutRequest())).toEqual({ ok: false, code: 'NO_TARGET' });
});

test('the same checkout asked again, as after a lost answer, is the same IP, waiting or not', async () => {
  const rotor = freshRotor();
  const { client } = rotor;
  await client.configure(configurationOf([A]));
  const first = checkoutRequest();
  expect(await client.checkout(first)).toMatchObject({ ok: true, address: A });
  expect(await client.checkout(first)).toMatchObject({ ok: true, address: A });
  const second = checkoutRequest();
  const [lost, kept] = [client.checkout(second), client.checkout(second)];
  expect(await lost).toEqual({ ok: false, code: 'LEFT' });
  await client.report([done(first.checkoutId)]);
  expect(await kept).toMatchObject({ ok: true, address: A });
});
