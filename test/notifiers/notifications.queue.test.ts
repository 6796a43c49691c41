import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { notifyJob } from '../../src/notifiers/notifications.job.ts';
import { runConsumer } from '../../src/ops/processes/runs.ts';
import { createId } from '../../src/platform/ids.ts';
import { queues } from '../../src/queues.ts';
import { whileStopped } from '../support/processes.ts';
import { raise } from './isolated.ts';
import { createNotifier, deliveriesOf, ownHook, servicesWith, webhookFields } from './support.ts';

async function consume(bodies: readonly unknown[]) {
  const entry = queues['switchyard-notifications'];
  if (!entry) throw new Error('the queue has no consumer');
  const batch = createMessageBatch(
    'switchyard-notifications',
    bodies.map((body, index) => ({ id: String(index), timestamp: new Date(), attempts: 1, body })),
  );
  const context = createExecutionContext();
  await runConsumer(entry, batch, servicesWith({}), context);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
  return { acked: explicitAcks.length, retried: retryMessages.length };
}

/** A notifier and an event that is on its way to it, not attempted yet. */
async function waitingDelivery(type: string) {
  const hook = ownHook();
  const { id } = await createNotifier(webhookFields(hook, { events: [type] }));
  const eventId = createId();
  await env.DB.prepare(
    `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status, next_attempt_at)
     VALUES (?, ?, ?, '{}', 0, 'pending', 0)`,
  )
    .bind(id, eventId, type)
    .run();
  return { hook, id, message: { kind: 'delivery', notifierId: id, eventId } };
}

test('a message is an attempt, and its double is none', async () => {
  const { hook, id, message } = await waitingDelivery('proxy.died');
  expect(await consume([message, message])).toEqual({ acked: 2, retried: 0 });
  expect(await consume([message])).toEqual({ acked: 1, retried: 0 });
  expect(await hook.received()).toHaveLength(1);
  expect(await deliveriesOf(id)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
});

test('messages that come twice and shuffled, in two batches, at once or one after the other, are an attempt each', async () => {
  const hook = ownHook();
  const { id: notifierId } = await createNotifier(webhookFields(hook, { events: ['proxy.died'] }));
  const insert = env.DB.prepare(
    `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status, next_attempt_at)
     VALUES (?, ?, 'proxy.died', '{}', 0, 'pending', 0)`,
  );
  const order = fc.shuffledSubarray([0, 0, 1, 1, 2, 2], { minLength: 6 });
  let attempts = 0;
  await fc.assert(
    fc.asyncProperty(order, fc.nat(6), fc.boolean(), async (places, cut, atOnce) => {
      const eventIds = [createId(), createId(), createId()];
      await env.DB.batch(eventIds.map((eventId) => insert.bind(notifierId, eventId)));
      const messages = places.map((place) => ({ kind: 'delivery', notifierId, eventId: eventIds[place] }));
      const [first, second] = [messages.slice(0, cut), messages.slice(cut)];
      if (atOnce) await Promise.all([consume(first), consume(second)]);
      else for (const batch of [first, second]) await consume(batch);
      const { results } = await env.DB.prepare(
        'SELECT status, attempts FROM notifier_deliveries WHERE event_id IN (SELECT value FROM json_each(?))',
      )
        .bind(JSON.stringify(eventIds))
        .all();
      expect(results).toEqual(eventIds.map(() => ({ status: 'delivered', attempts: 1 })));
      attempts += eventIds.length;
    }),
    { numRuns: 200 },
  );
  const ids = (await hook.received()).map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([attempts, attempts]);
}, 120_000);

test('while the process is stopped messages are acknowledged and rows stay due; when it runs again all goes out', async () => {
  const { hook, id, message } = await waitingDelivery('lease.expired');
  const eventId = await raise('lease.expired', {});
  const whileItWas = await whileStopped(['notifier'], () => consume([message, { kind: 'outbox' }]));
  expect(whileItWas).toEqual({ acked: 2, retried: 0 });
  expect(await hook.received()).toEqual([]);
  expect(await deliveriesOf(id)).toMatchObject([{ status: 'pending', attempts: 0 }]);

  await notifyJob.run(servicesWith({}), Date.now());
  await expect.poll(async () => (await hook.received()).length, { timeout: 20_000 }).toBe(2);
  await expect
    .poll(async () => (await deliveriesOf(id)).map((delivery) => [delivery.id, delivery.status]), { timeout: 20_000 })
    .toEqual([
      [eventId, 'delivered'],
      [message.eventId, 'delivered'],
    ]);
});

test('a message of an unknown form is dropped, and one for nobody is no work', async () => {
  const nobody = { kind: 'delivery', notifierId: createId(), eventId: createId() };
  expect(await consume([{ hello: 1 }, null, 'x', nobody])).toEqual({ acked: 4, retried: 0 });
});

test('what fails on our side comes again', async () => {
  const { message } = await waitingDelivery('sweep.suspect');
  await env.DB.prepare("UPDATE notifiers SET secret_sealed = 'broken' WHERE id = ?").bind(message.notifierId).run();
  expect(await consume([message])).toEqual({ acked: 0, retried: 1 });
});
