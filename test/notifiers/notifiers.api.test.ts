import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { eventTypes } from '../../src/notifiers/events.schemas.ts';
import { AppError } from '../../src/platform/errors/app-error.ts';
import { commonRouteTests } from '../support/common-route-tests.ts';
import { createAccount } from '../support/factories.ts';
import { adminKey, call, errorCode } from '../support/harness.ts';
import { SSRF_URLS } from '../support/ssrf-spellings.ts';
import { isolatedNotifiers } from './isolated.ts';
import {
  createNotifier,
  type DeliveryBody,
  deliveriesOf,
  getNotifier,
  mailsTo,
  type NotifierBody,
  ownHook,
  webhookFields,
  webhookSecret,
} from './support.ts';

const NOWHERE = '01890000-0000-7000-8000-000000000000';
const anywhere = { url: 'https://example.com/hook' };

commonRouteTests({ method: 'GET', path: '/notifiers', scope: 'admin' });
commonRouteTests({ method: 'POST', path: '/notifiers', scope: 'admin', validBody: webhookFields(anywhere) });
commonRouteTests({ method: 'GET', path: `/notifiers/${NOWHERE}`, scope: 'admin' });
commonRouteTests({ method: 'PATCH', path: `/notifiers/${NOWHERE}`, scope: 'admin', validBody: { name: 'x' } });
commonRouteTests({ method: 'DELETE', path: `/notifiers/${NOWHERE}`, scope: 'admin' });
commonRouteTests({ method: 'POST', path: `/notifiers/${NOWHERE}/test`, scope: 'admin' });
commonRouteTests({ method: 'GET', path: `/notifiers/${NOWHERE}/deliveries`, scope: 'admin' });
commonRouteTests({ method: 'POST', path: `/notifiers/${NOWHERE}/deliveries/${NOWHERE}/redeliver`, scope: 'admin' });

const post = (json: unknown, headers: Record<string, string> = {}) =>
  call<NotifierBody>('POST', '/notifiers', { key: adminKey, json, headers });
const patch = (id: string, json: unknown) => call<NotifierBody>('PATCH', `/notifiers/${id}`, { key: adminKey, json });

function smtpFields(fields: Record<string, unknown> = {}) {
  const settings = { host: 'localhost', port: 2525, from: 'a@example.com', to: ['b@example.com'], ...fields };
  return { kind: 'smtp', name: `mail ${crypto.randomUUID()}`, settings, events: ['credits.*'] };
}

describe('a notifier', () => {
  it('is created with a secret that no answer, list, row or log ever shows', async () => {
    const secret = webhookSecret();
    const created = await createNotifier(webhookFields(anywhere, { secret, events: ['credits.*', 'lease.expired'] }));
    expect(created).toMatchObject({
      kind: 'webhook',
      settings: anywhere,
      has_secret: true,
      rotating_until: null,
      events: ['credits.*', 'lease.expired'],
      is_active: true,
      health: { healthy: true, consecutive_failures: 0 },
    });
    const list = await call('GET', '/notifiers?limit=200', { key: adminKey });
    const row = await env.DB.prepare('SELECT * FROM notifiers WHERE id = ?').bind(created.id).first();
    const changed = await patch(created.id, { secret: webhookSecret() });
    for (const shown of [created, list.body, row, changed.body, await getNotifier(created.id)]) {
      expect(JSON.stringify(shown)).not.toContain(secret.slice(6));
    }
  });

  it('is created once for an Idempotency-Key', async () => {
    const fields = webhookFields(anywhere);
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const [first, second] = [await post(fields, headers), await post(fields, headers)];
    expect([first.status, second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
    expect(second.body).toEqual(first.body);
    const other = await post({ ...fields, name: 'other' }, headers);
    expect(errorCode(other)).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('has a name of its own', async () => {
    const fields = webhookFields(anywhere);
    const { id } = await createNotifier(webhookFields(anywhere));
    await createNotifier(fields);
    for (const reply of [await post(fields), await patch(id, { name: fields.name })]) {
      expect([reply.status, errorCode(reply)]).toEqual([409, 'NOTIFIER_EXISTS']);
    }
  });

  it('is refused with the field that is wrong', async () => {
    const good = webhookFields(anywhere);
    for (const [fields, path] of [
      [{ ...good, kind: 'pigeon' }, 'kind'],
      [{ ...good, settings: { url: 'nowhere' } }, 'settings.url'],
      [{ ...good, secret: 'short' }, 'secret'],
      [{ ...good, secret: undefined }, 'secret'],
      [{ ...good, events: [] }, 'events'],
      [{ ...good, events: ['credits.nothing'] }, 'events.0'],
      [{ ...good, name: ' ' }, 'name'],
      [smtpFields({ from: 'a@example.com\r\nBcc: c@example.com' }), 'settings.from'],
      [smtpFields({ to: Array.from({ length: 11 }, (_, index) => `${index}@example.com`) }), 'settings.to'],
    ] as const) {
      const reply = await post(fields);
      expect([path, reply.status, errorCode(reply)]).toEqual([path, 422, 'VALIDATION_ERROR']);
      expect(JSON.stringify(reply.body)).toContain(`"path":"${path}"`);
    }
    const { id } = await createNotifier(webhookFields(anywhere));
    for (const change of [{ settings: { url: 'nowhere' } }, { secret: 'short' }, { settings: smtpFields().settings }]) {
      const reply = await patch(id, change);
      expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
    }
    expect(await getNotifier(id)).toMatchObject({ settings: anywhere });
  });

  it('never leads to an address that is not public, however it is written', async () => {
    const feature = isolatedNotifiers({ policy: { allowPrivateNetworks: false } });
    const admin = { kind: 'builtin_admin', accountId: NOWHERE, role: 'admin' } as const;
    const { id } = await createNotifier(webhookFields(anywhere));
    const codeOf = (error: unknown) => (error instanceof AppError ? error.code : String(error));
    for (const url of SSRF_URLS) {
      const input = { ...webhookFields(anywhere), kind: 'webhook', settings: { url }, is_active: true };
      const creating = feature.notifiers.create(input, admin, null).then(() => 'created', codeOf);
      const changing = feature.notifiers.change(id, { settings: { url } }).then(() => 'changed', codeOf);
      for (const code of [await creating, await changing]) {
        expect([url, ['ADDRESS_NOT_ALLOWED', 'VALIDATION_ERROR'].includes(code)]).toEqual([url, true]);
      }
    }
  });

  it('forgets its password when it is moved to another server, and keeps it otherwise', async () => {
    const { id } = await createNotifier({ ...smtpFields({ username: 'mailer' }), secret: 'password' });
    const { settings } = smtpFields({ username: 'mailer', to: ['c@example.com'] });
    expect((await patch(id, { settings })).body.has_secret).toBe(true);
    expect((await patch(id, { settings: { ...settings, host: 'mail.example.com' } })).body.has_secret).toBe(false);
    const named = await patch(id, { settings: { ...settings, host: 'mail.example.org' }, secret: 'password' });
    expect(named.body.has_secret).toBe(true);
  });

  it('is deleted with its deliveries', async () => {
    const { id } = await createNotifier(webhookFields(ownHook(), { is_active: false }));
    await env.DB.prepare(
      `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status)
       VALUES (?, ?, 'proxy.died', '{}', 0, 'dead')`,
    )
      .bind(id, NOWHERE)
      .run();
    expect(await deliveriesOf(id)).toHaveLength(1);
    expect((await call('DELETE', `/notifiers/${id}`, { key: adminKey })).status).toBe(204);
    expect((await call('DELETE', `/notifiers/${id}`, { key: adminKey })).status).toBe(404);
    const left = await env.DB.prepare('SELECT * FROM notifier_deliveries WHERE notifier_id = ?').bind(id).all();
    expect(left.results).toEqual([]);
  });

  it('is one of a hundred at most', async () => {
    await env.DB.prepare(
      `INSERT INTO notifiers (id, name, kind, settings, events, is_active, created_at, updated_at)
       SELECT 'full-' || value, 'full-' || value, 'webhook', '{}', '[]', 0, 0, 0 FROM json_each(?)`,
    )
      .bind(JSON.stringify(Array.from({ length: 100 }, (_, index) => index)))
      .run();
    const reply = await post(webhookFields(anywhere));
    expect([reply.status, errorCode(reply)]).toEqual([409, 'TOO_MANY_NOTIFIERS']);
    await env.DB.prepare("DELETE FROM notifiers WHERE id LIKE 'full-%'").run();
  });
});

describe('a test delivery', () => {
  const tested = (id: string) => call('POST', `/notifiers/${id}/test`, { key: adminKey });

  it('says how it went, for an inactive notifier too, and shows in the health', async () => {
    const hook = ownHook();
    await hook.answers({ statuses: [500, 200] });
    const { id } = await createNotifier(webhookFields(hook, { is_active: false }));
    const failed = await tested(id);
    expect([failed.status, failed.body]).toMatchObject([
      200,
      { delivered: false, response_status: 500, error: 'The receiver answered 500.' },
    ]);
    expect(await getNotifier(id)).toMatchObject({ health: { consecutive_failures: 1 } });
    expect((await tested(id)).body).toMatchObject({ delivered: true, response_status: 200, error: null });
    expect(await getNotifier(id)).toMatchObject({ health: { consecutive_failures: 0, last_error: null } });
    const [, received] = await hook.received();
    expect(JSON.parse(received?.body ?? '')).toMatchObject({ type: 'notifier.test', data: { notifier_id: id } });
  });

  it('goes out as mail through a real server with a password', async () => {
    const to = `ops-${crypto.randomUUID()}@example.com`;
    const settings = {
      port: env.TEST_PEERS.notifiers.smtp.starttls,
      security: 'starttls',
      username: 'mailer',
      to: [to],
    };
    const { id } = await createNotifier({ ...smtpFields(settings), secret: 'correct horse' });
    expect((await tested(id)).body).toMatchObject({ delivered: true, response_status: 250 });
    expect(await mailsTo(to)).toMatchObject([{ from: 'a@example.com', user: 'mailer', secure: true }]);
  });
});

describe('lists', () => {
  it('notifiers come page by page, each once, newest first', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.unshift((await createNotifier(webhookFields(anywhere))).id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '?limit=2' : `?limit=2&cursor=${cursor}`;
      const page = await call<{ items: NotifierBody[]; next_cursor: string | null }>('GET', `/notifiers${query}`, {
        key: adminKey,
      });
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next_cursor;
    }
    expect(seen.slice(0, 5)).toEqual(made);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('deliveries come page by page under a filter, and a cursor of another filter is refused', async () => {
    const { id } = await createNotifier(webhookFields(ownHook(), { is_active: false }));
    const rows = Array.from({ length: 7 }, (_, index) => ({
      eventId: `01890000-0000-7000-8000-00000000000${index}`,
      status: index % 2 === 0 ? 'dead' : 'delivered',
    }));
    await env.DB.prepare(
      `INSERT INTO notifier_deliveries (notifier_id, event_id, type, payload, occurred_at, status)
       SELECT ?1, value ->> 'eventId', 'proxy.died', '{"port":1}', 0, value ->> 'status' FROM json_each(?2)`,
    )
      .bind(id, JSON.stringify(rows))
      .run();
    const get = (query: string) =>
      call<{ items: DeliveryBody[]; next_cursor: string; total_count: number }>(
        'GET',
        `/notifiers/${id}/deliveries${query}`,
        { key: adminKey },
      );
    const first = await get('?status=dead&limit=3');
    expect(first.body).toMatchObject({ items: [{ data: { port: 1 } }, {}, {}], total_count: 4 });
    const second = await get(`?status=dead&limit=3&cursor=${first.body.next_cursor}`);
    const ids = [...first.body.items, ...second.body.items].map((item) => Number(item.id.at(-1)));
    expect([ids, second.body.next_cursor]).toEqual([[6, 4, 2, 0], null]);
    const wrong = await get(`?status=delivered&limit=3&cursor=${first.body.next_cursor}`);
    expect(wrong.status).toBe(400);
  });
});

it('/stats/plugins names each kind, whether its receivers are well, and what they want', async () => {
  await env.DB.prepare('DELETE FROM notifiers').run();
  const { key } = await createAccount('viewer');
  const plugins = async () => (await call('GET', '/stats/plugins', { key })).body.notifiers;
  expect(await plugins()).toEqual([
    { name: 'webhook', healthy: false, subscribes_to: [] },
    { name: 'smtp', healthy: false, subscribes_to: [] },
  ]);
  await createNotifier(webhookFields(anywhere, { events: ['proxy.*', 'credits.low'] }));
  const { id } = await createNotifier(webhookFields(anywhere, { events: ['credits.low', 'lease.expired'] }));
  const all = ['credits.low', 'lease.expired', 'proxy.*'];
  expect(await plugins()).toMatchObject([{ name: 'webhook', healthy: true, subscribes_to: all }, {}]);
  await env.DB.prepare('UPDATE notifiers SET consecutive_failures = 3 WHERE id = ?').bind(id).run();
  expect(await plugins()).toMatchObject([{ name: 'webhook', healthy: false, subscribes_to: all }, {}]);
});

it('every event is documented in the webhooks of the OpenAPI document', async () => {
  type Webhook = { post: { requestBody: object } } | undefined;
  const { body } = await call<{ webhooks: Record<string, Webhook> }>('GET', '/openapi.json');
  expect(new Set(Object.keys(body.webhooks))).toEqual(new Set(eventTypes));
  expect(body.webhooks['credits.low']?.post.requestBody).toMatchObject({
    content: {
      'application/json': {
        schema: { properties: { type: { enum: ['credits.low'] }, data: { required: ['account_id', 'balance'] } } },
      },
    },
  });
});
