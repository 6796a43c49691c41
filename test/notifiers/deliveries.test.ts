import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { MAX_SWEPT_PER_NOTIFIER } from '../../src/notifiers/due-deliveries.store.ts';
import { MAX_HINTS_PER_NOTIFIER } from '../../src/notifiers/event-router.ts';
import { createId } from '../../src/platform/ids.ts';
import { isolatedNotifiers, raise } from './isolated.ts';
import { createNotifier, deliveriesOf, getNotifier, ownHook, webhookFields, webhookSecret } from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const balance = { account_id: crypto.randomUUID(), balance: 9 };

/** Empties the outbox of this file's database, whoever wrote to it. */
async function drainAll({ events }: ReturnType<typeof isolatedNotifiers>): Promise<void> {
  while ((await events.drainOutbox()).events > 0);
}

test('an event goes to every active notifier that subscribes to it, and leaves the outbox in the same transaction', async () => {
  const feature = isolatedNotifiers();
  const [all, group, exact, other, off] = [ownHook(), ownHook(), ownHook(), ownHook(), ownHook()];
  await createNotifier(webhookFields(all));
  await createNotifier(webhookFields(group, { events: ['proxy.*', 'credits.*'] }));
  await createNotifier(webhookFields(exact, { events: ['credits.low'] }));
  await createNotifier(webhookFields(other, { events: ['credits.exhausted', 'lease.*'] }));
  await createNotifier(webhookFields(off, { is_active: false }));
  const eventId = await raise('credits.low', balance);

  await drainAll(feature);
  await feature.work();

  for (const hook of [all, group, exact]) {
    const received = await hook.received();
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([eventId]);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ type: 'credits.low', data: balance });
  }
  for (const hook of [other, off]) expect(await hook.received()).toEqual([]);
  const left = await env.DB.prepare('SELECT COUNT(*) AS rows FROM outbox').first<{ rows: number }>();
  expect(left?.rows).toBe(0);
});

test('a failing receiver is tried ten times over three days with one id and fresh timestamps; then the letter is dead, kept and listed', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  await hook.answers({ statuses: [500] });
  const secret = webhookSecret();
  const { id } = await createNotifier(webhookFields(hook, { secret, events: ['sweep.suspect'] }));
  const eventId = await raise('sweep.suspect', { sweep_started_at: '2026-01-01T00:00:00.000Z', good: 20, failed: 20 });
  const startMs = feature.time.nowMs;
  await drainAll(feature);
  await feature.work();

  const pausesSeconds: number[] = [];
  for (let attempt = 2; attempt <= 10; attempt += 1) {
    const [delivery] = await deliveriesOf(id);
    expect(delivery).toMatchObject({ id: eventId, status: 'pending', attempts: attempt - 1, response_status: 500 });
    const dueAtMs = Date.parse(delivery?.next_attempt_at ?? '');
    pausesSeconds.push(Math.round((dueAtMs - feature.time.nowMs) / 1_000));
    feature.time.nowMs = dueAtMs - 1;
    expect(await feature.attempts.attempt({ notifierId: id, eventId })).toBeNull();
    feature.time.nowMs = dueAtMs;
    feature.messages.splice(0);
    await feature.deliveries.sweep();
    await feature.work();
  }

  expect(pausesSeconds).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  expect(await deliveriesOf(id, '&status=dead')).toMatchObject([
    { id: eventId, attempts: 10, next_attempt_at: null, last_error: 'The receiver answered 500.' },
  ]);
  expect(await deliveriesOf(id, '&status=pending')).toEqual([]);
  const received = await hook.received();
  expect(received).toHaveLength(10);
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId]));
  const timestamps = received.map(({ headers }) => Number(headers['webhook-timestamp']));
  expect(timestamps[0]).toBe(Math.floor(startMs / 1_000));
  expect(timestamps[9]).toBe(Math.floor(feature.time.nowMs / 1_000));
  expect(new Set(received.map(({ headers }) => headers['webhook-signature'])).size).toBe(10);
  expect(await getNotifier(id)).toMatchObject({
    is_active: true,
    health: { healthy: false, consecutive_failures: 10, last_error: 'The receiver answered 500.' },
  });
});

test('a dead letter that is sent again has the same id and all its attempts anew', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  const { id } = await createNotifier(webhookFields(hook, { events: ['lease.expired'] }));
  const eventId = createId();
  await env.DB.prepare(
    `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status, attempts, last_error)
     VALUES (?, ?, 'lease.expired', '{}', 0, 'dead', 10, 'The receiver answered 500.')`,
  )
    .bind(id, eventId)
    .run();

  expect(await feature.deliveries.redeliver({ notifierId: id, eventId })).toMatchObject({
    status: 'pending',
    attempts: 0,
  });
  await feature.work();

  expect(await deliveriesOf(id)).toMatchObject([{ id: eventId, status: 'delivered', attempts: 1, last_error: null }]);
  expect((await hook.received()).map(({ headers }) => headers['webhook-id'])).toEqual([eventId]);
});

test('410 switches the notifier off: what waits for it rests, and goes out when somebody switches it on again', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  await hook.answers({ statuses: [410, 204] });
  const { id } = await createNotifier(webhookFields(hook, { events: ['source.failed'] }));
  const first = await raise('source.failed', {});
  await drainAll(feature);
  const second = await raise('source.failed', {});
  await drainAll(feature);
  const deliver = (eventId: string) => feature.attempts.attempt({ notifierId: id, eventId });

  expect(await deliver(first)).toMatchObject({ outcome: { kind: 'gone' } });
  expect(await deliver(second)).toBeNull();
  expect(await getNotifier(id)).toMatchObject({
    is_active: false,
    disabled_reason: 'The receiver answered 410 Gone.',
    health: { healthy: false },
  });
  expect(await deliveriesOf(id)).toMatchObject([
    { id: second, status: 'pending', attempts: 0 },
    { id: first, status: 'dead', attempts: 1, response_status: 410 },
  ]);

  await feature.notifiers.change(id, { is_active: true });
  expect(await deliver(second)).toMatchObject({ outcome: { kind: 'delivered' } });
  expect(await getNotifier(id)).toMatchObject({ is_active: true, disabled_reason: null, health: { healthy: true } });
});

test('a receiver that asks for patience gets it', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  await hook.answers({ statuses: [429], headers: { 'retry-after': '7200' } });
  const { id } = await createNotifier(webhookFields(hook, { events: ['source.deactivated'] }));
  await raise('source.deactivated', {});
  await drainAll(feature);
  await feature.work();
  const [delivery] = await deliveriesOf(id);
  expect(Date.parse(delivery?.next_attempt_at ?? '') - feature.time.nowMs).toBe(2 * HOUR);
});

test('every message twice and at once is one attempt', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  const { id } = await createNotifier(webhookFields(hook, { events: ['proxy.died'] }));
  const eventId = await raise('proxy.died', {});
  await Promise.all([drainAll(feature), drainAll(feature)]);
  const key = { notifierId: id, eventId };
  const summaries = await Promise.all(Array.from({ length: 8 }, () => feature.attempts.attempt(key)));
  expect(summaries.filter((summary) => summary !== null)).toHaveLength(1);
  expect(await hook.received()).toHaveLength(1);
});

test('an event that is handed over twice is one delivery, also after the first was made', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  const { id } = await createNotifier(webhookFields(hook, { events: ['credits.exhausted'] }));
  const event = { position: 1, eventId: createId(), type: 'credits.exhausted', payload: balance, createdAtMs: 1 };
  for (let count = 0; count < 3; count += 1) {
    await feature.events.routeEvents([event, event]);
    await feature.work();
  }
  expect(await deliveriesOf(id)).toMatchObject([{ id: event.eventId, status: 'delivered', attempts: 1 }]);
  expect(await hook.received()).toHaveLength(1);
});

test('an attempt that dies with its Worker is made again, at most as often as any other', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  const { id } = await createNotifier(webhookFields(hook, { events: ['proxy.pool_low'] }));
  const eventId = await raise('proxy.pool_low', {});
  await drainAll(feature);
  const claim = () =>
    env.DB.prepare(
      `UPDATE notifier_deliveries SET attempts = attempts + 1, next_attempt_at = ? WHERE notifier_id = ? AND event_id = ?`,
    )
      .bind(feature.time.nowMs + MINUTE, id, eventId)
      .run();
  await claim();
  expect(await feature.attempts.attempt({ notifierId: id, eventId })).toBeNull();
  feature.time.nowMs += MINUTE;
  expect(await feature.attempts.attempt({ notifierId: id, eventId })).toMatchObject({ outcome: { kind: 'delivered' } });

  await feature.deliveries.redeliver({ notifierId: id, eventId });
  for (let count = 0; count < 10; count += 1) await claim();
  feature.time.nowMs += MINUTE;
  expect(await feature.attempts.attempt({ notifierId: id, eventId })).toMatchObject({ isDead: true });
  expect(await deliveriesOf(id)).toMatchObject([{ status: 'dead' }]);
});

test('a burst for one notifier does not keep another waiting, and a failing one is left to the sweep', async () => {
  const feature = isolatedNotifiers();
  const [busy, failing] = [ownHook(), ownHook()];
  const { id } = await createNotifier(webhookFields(busy, { events: ['lease.expired'] }));
  const { id: failingId } = await createNotifier(webhookFields(failing, { events: ['lease.expired'] }));
  await env.DB.prepare('UPDATE notifiers SET consecutive_failures = 3 WHERE id = ?').bind(failingId).run();
  feature.messages.splice(0);
  const events = Array.from({ length: 100 }, (_, index) => {
    return { position: index, eventId: createId(), type: 'lease.expired', payload: {}, createdAtMs: 1 };
  });
  await feature.events.routeEvents(events);
  const hinted = (notifierId: string) =>
    feature.messages.filter((message) => message.kind === 'delivery' && message.notifierId === notifierId).length;
  expect([hinted(id), hinted(failingId)]).toEqual([MAX_HINTS_PER_NOTIFIER, 0]);
  feature.messages.splice(0);
  await feature.deliveries.sweep();
  expect([hinted(id), hinted(failingId)]).toEqual([MAX_SWEPT_PER_NOTIFIER, MAX_SWEPT_PER_NOTIFIER]);
});

test('while a secret is changed over both sign; after a day, or when it is set again, only the new one does', async () => {
  const feature = isolatedNotifiers();
  const hook = ownHook();
  const [before, after] = [webhookSecret(), webhookSecret()];
  const { id } = await createNotifier(webhookFields(hook, { secret: before, events: ['notifier.test'] }));
  await feature.notifiers.change(id, { secret: after });
  await feature.attempts.test(id);
  feature.time.nowMs += 24 * HOUR;
  await feature.attempts.test(id);
  feature.time.nowMs -= 24 * HOUR;
  await feature.notifiers.change(id, { secret: after });
  await feature.attempts.test(id);

  const received = await hook.received();
  const signatures = received.map(({ headers }) => headers['webhook-signature']?.split(' ').length);
  expect(signatures).toEqual([2, 1, 1]);
  const [first, , last] = received;
  for (const secret of [before, after]) new Webhook(secret).verify(first?.body ?? '', first?.headers ?? {});
  new Webhook(after).verify(last?.body ?? '', last?.headers ?? {});
  expect(() => new Webhook(before).verify(last?.body ?? '', last?.headers ?? {})).toThrow();
});

test('deliveries are forgotten after 30 days, and of one notifier none but the newest 50,000 are kept', async () => {
  const feature = isolatedNotifiers();
  const { id } = await createNotifier(webhookFields(ownHook(), { is_active: false }));
  const [old, recent] = [createId(), createId()];
  await feature.events.routeEvents([]);
  const insert = env.DB.prepare(
    `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status) VALUES (?, ?, 'x', '{}', 0, 'pending')`,
  );
  await env.DB.batch([insert.bind(id, old)]);
  feature.time.nowMs += 30 * 24 * HOUR + MINUTE;
  const soon = recent.replace(/^.{8}-.{4}/, () => {
    const hex = feature.time.nowMs.toString(16).padStart(12, '0');
    return `${hex.slice(0, 8)}-${hex.slice(8)}`;
  });
  await env.DB.batch([insert.bind(id, soon)]);
  await feature.deliveries.purge();
  const { results } = await env.DB.prepare('SELECT event_id FROM notifier_deliveries WHERE notifier_id = ?')
    .bind(id)
    .all();
  expect(results).toEqual([{ event_id: soon }]);

  const many = JSON.stringify(Array.from({ length: 50_003 }, (_, index) => index));
  await env.DB.prepare(
    `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status)
     SELECT ?1, substr(?2, 1, 18) || printf('-8000-%012x', value), 'x', '{}', 0, 'dead' FROM json_each(?3)`,
  )
    .bind(id, soon, many)
    .run();
  await feature.deliveries.purge();
  const kept = await env.DB.prepare('SELECT COUNT(*) AS rows FROM notifier_deliveries WHERE notifier_id = ?')
    .bind(id)
    .first<{ rows: number }>();
  expect(kept?.rows).toBe(50_000);
});
