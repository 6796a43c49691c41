import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { NotifierSecret } from '../../../src/plugins/notifiers/notifier.types.ts';
import { type WebhookSettings, webhookNotifier } from '../../../src/plugins/notifiers/webhook.notifier.ts';
import { contextWith, notificationOf, runNotifierContract } from '../../contracts/notifier.contract.ts';
import { ownHook, webhookSecret } from '../../notifiers/support.ts';

const locally = { allowPrivateNetworks: true };
const some: NotifierSecret = { current: webhookSecret(), previous: null };
const peer = (name: string) => {
  const { host, port } = env.TEST_PEERS.net[name] ?? { host: '', port: 0 };
  return { settings: { url: `http://${host}:${port}/` }, secret: some };
};

runNotifierContract<WebhookSettings>(webhookNotifier, {
  good: () => {
    const hook = ownHook();
    const received = async () => (await hook.received()).map(({ body }) => body);
    return { settings: { url: hook.url }, secret: some, received };
  },
  bad: {
    refused: { settings: { url: 'http://127.0.0.1:1/' }, secret: some },
    closing: peer('closing'),
    resetting: peer('resetsAfterRequest'),
    garbage: peer('garbage'),
    unsigned: { settings: { url: env.TEST_PEERS.notifiers.hooks }, secret: null },
  },
  at: (host) => ({ url: `https://${host}/hook` }),
  malformed: {
    'no URL': { url: 'nowhere' },
    'another scheme': { url: 'ftp://example.com/' },
    'too long': { url: `https://example.com/${'x'.repeat(3_000)}` },
    'an unknown field': { url: 'https://example.com/', method: 'GET' },
    nothing: {},
  },
  silent: peer('silent'),
  malformedSecrets: ['', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${btoa('x'.repeat(65))}`, 'whsec_!', btoa('x'.repeat(32))],
});

describe('a webhook', () => {
  async function deliver(hook: ReturnType<typeof ownHook>, secret = some, clock = { nowMs: () => Date.now() }) {
    const notification = notificationOf();
    const request = { notification, settings: { url: hook.url }, secret };
    return { notification, outcome: await webhookNotifier.notify(request, contextWith(locally, { clock })) };
  }

  test('verifies with the reference library, and not once a byte of it was changed', async () => {
    const hook = ownHook();
    const { notification } = await deliver(hook);
    const [received] = await hook.received();
    const { headers, body } = received ?? { headers: {}, body: '' };
    const verifier = new Webhook(some.current);
    expect(verifier.verify(body, headers)).toEqual({
      type: 'proxy.pool_low',
      timestamp: '2026-01-15T10:30:00.000Z',
      data: notification.data,
    });
    expect(headers).toMatchObject({ 'webhook-id': notification.eventId, 'content-type': 'application/json' });
    expect(() => verifier.verify(`${body} `, headers)).toThrow();
    expect(() => verifier.verify(body, { ...headers, 'webhook-id': 'another' })).toThrow();
    expect(() => new Webhook(webhookSecret()).verify(body, headers)).toThrow();
  });

  test('is signed with both secrets during a rotation, so that either verifies', async () => {
    const hook = ownHook();
    const rotating = { current: webhookSecret(), previous: webhookSecret() };
    await deliver(hook, rotating);
    const [received] = await hook.received();
    const { headers, body } = received ?? { headers: {}, body: '' };
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [rotating.current, rotating.previous]) new Webhook(secret).verify(body, headers);
    expect(() => new Webhook(webhookSecret()).verify(body, headers)).toThrow();
  });

  test('only a 2xx acknowledges it; a redirect is not followed; 410 ends it for good', async () => {
    for (const [status, kind] of [
      [200, 'delivered'],
      [299, 'delivered'],
      [301, 'failed'],
      [302, 'failed'],
      [307, 'failed'],
      [400, 'failed'],
      [404, 'failed'],
      [410, 'gone'],
      [429, 'failed'],
      [500, 'failed'],
      [503, 'failed'],
    ] as const) {
      const target = ownHook();
      const hook = ownHook();
      await hook.answers({ statuses: [status], headers: { location: target.url } });
      const { outcome } = await deliver(hook);
      expect([status, outcome]).toMatchObject([status, { kind, responseStatus: status }]);
      expect(await target.received()).toEqual([]);
    }
  });

  test('Retry-After is read as seconds or as a date, and nonsense is ignored', async () => {
    const nowMs = Date.UTC(2026, 0, 1);
    for (const [header, expected] of [
      ['120', 120_000],
      ['0', 0],
      [new Date(nowMs + 90_000).toUTCString(), 90_000],
      [new Date(nowMs - 90_000).toUTCString(), 0],
      ['soon', null],
      ['-5', null],
      ['1.5', null],
      ['99999999999999999999', null],
    ] as const) {
      const hook = ownHook();
      await hook.answers({ statuses: [503], headers: { 'retry-after': header } });
      const { outcome } = await deliver(hook, some, { nowMs: () => nowMs });
      expect([header, outcome]).toMatchObject([header, { kind: 'failed', retryAfterMs: expected }]);
    }
  });
});
