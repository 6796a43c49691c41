import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { createLeaseBookClient } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import { TAIL_KEPT_MS } from '../../../src/sessions/feed/feed.storage.ts';
import type { FeedMessage } from '../../../src/sessions/feed/feed.types.ts';
import { feedOfAccount, INVENTORY_FEED, PUBLIC_FEED, tagOfKey } from '../../../src/sessions/feed/feed-names.model.ts';
import { proxyRow } from '../../proxy-pool/leases/support.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call } from '../../support/harness.ts';
import { envWith, fetchWith, tick } from '../../support/worker-doors.ts';
import { clientOf, ended, registered } from '../support.ts';
import { attach, type Listener, listen, upgrade } from './support.ts';

const feedOf = (accountId: string) => env.FEED.getByName(feedOfAccount(accountId));
const message = (serial: number): FeedMessage => ({
  type: 'event',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { serial },
});

async function ticketOf(key: string, query = ''): Promise<string> {
  const reply = await call<{ ticket: string; expires_in: number }>('POST', `/api/ws/ticket${query}`, { key });
  expect([reply.status, reply.body.expires_in]).toEqual([200, 30]);
  return encodeURIComponent(reply.body.ticket);
}

describe('a listener', () => {
  it('hears of its own account’s sessions in the reference’s own shapes, and of no other’s', async () => {
    const [mine, theirs] = [await createAccount(), await createAccount()];
    const [listener, stranger] = [await listen(mine.key), await listen(theirs.key)];
    const client = clientOf(mine.key);
    const session = { proxy: 'user:secret@1.2.3.4:12321', country: 'US', session_id: 'abc123' };
    await registered(client, session);
    await client.post('/api/events', { session_id: 'abc123', event_type: 'navigation', details: { url: '<script>' } });
    await client.post('/api/events/batch', {
      events: [1, 2].map((index) => ({ session_id: 'abc123', event_type: 'click', details: { index } })),
    });
    await client.post('/api/sessions/end', { session_id: 'abc123', success: true, duration: 15 });
    await vi.waitFor(() => expect(listener.of('session_end')).toHaveLength(1));
    expect(listener.of('session_start')).toEqual([
      {
        type: 'session_start',
        timestamp: expect.stringMatching(/Z$/),
        data: {
          session_id: 'abc123',
          profile_id: 'profile_1',
          device: 'desktop',
          proxy: '1.2.3.4:12321',
          country: 'US',
        },
      },
    ]);
    expect(listener.of('session_end')[0]?.data).toEqual({
      session_id: 'abc123',
      success: true,
      duration: 15,
      error: null,
    });
    await vi.waitFor(() => expect(listener.of('event')).toHaveLength(3));
    expect(listener.of('event').map(({ data }) => data)).toEqual([
      { session_id: 'abc123', event_type: 'navigation', details: { url: '<script>' } },
      { session_id: 'abc123', event_type: 'click', details: { index: 1 } },
      { session_id: 'abc123', event_type: 'click', details: { index: 2 } },
    ]);
    expect(stranger.messages).toEqual([]);
  });

  it('is answered with what it says, and sent away when that is no text or too long', async () => {
    const { key } = await createAccount();
    const listener = await listen(key);
    for (const text of ['ping', '', '{"type":"x"}', 'a"b\n💩']) {
      listener.socket.send(text);
      await vi.waitFor(() => expect(listener.messages.at(-1)).toEqual({ type: 'pong', data: text }));
    }
    listener.socket.send('x'.repeat(5_000));
    await vi.waitFor(() => expect(listener.closed).toMatchObject([{ code: 1009 }]));
    const other = await listen(key);
    other.socket.send(new Uint8Array([1]));
    await vi.waitFor(() => expect(other.closed).toMatchObject([{ code: 1003 }]));
  });

  it('hears of its leases, without passwords, and of the inventory by its own feed', async () => {
    const account = await createAccount();
    const country = 'QF';
    await createLeaseBookClient(env.LEASE_BOOK, 0).apply([proxyRow({ country })]);
    const listener = await listen(account.key);
    const inventory = await listen(account.key, '/ws?feed=inventory');
    const { body } = await call<{ lease_id: string }>('POST', '/proxies/acquire', {
      key: account.key,
      json: { country },
    });
    await call('POST', `/proxies/acquire/${body.lease_id}/renew`, {
      key: account.key,
      json: { lease_duration_seconds: 600 },
    });
    await call('POST', `/proxies/acquire/${body.lease_id}/release`, { key: account.key });
    await vi.waitFor(() =>
      expect(listener.messages.map(({ type }) => type).sort()).toEqual([
        'lease_acquired',
        'lease_released',
        'lease_renewed',
      ]),
    );
    for (const { data } of listener.messages) expect(data.lease_id).toBe(body.lease_id);
    const checks: FeedMessage = { type: 'checks', timestamp: '2026-01-01T00:00:00.000Z', data: { passed: 1 } };
    expect(await env.FEED.getByName(INVENTORY_FEED).publish([checks])).toBeGreaterThan(0);
    await vi.waitFor(() => expect(inventory.of('checks')).toEqual([checks]));
    expect(listener.of('checks')).toEqual([]);
  });

  it('hears of a lease that ran out and of credits that run low, and no other account does', async () => {
    const [mine, theirs] = [await createAccount(), await createAccount()];
    const country = 'QX';
    await createLeaseBookClient(env.LEASE_BOOK, 0).apply([proxyRow({ country })]);
    const [listener, stranger] = [await listen(mine.key), await listen(theirs.key)];
    const lease = await call<{ lease_id: string; expires_at: string; proxy: { id: string } }>(
      'POST',
      '/proxies/acquire',
      {
        key: mine.key,
        json: { country, lease_duration_seconds: 1 },
      },
    );
    await vi.waitFor(() => expect(listener.of('lease_expired')).toHaveLength(1), 15_000);
    expect(listener.of('lease_expired')).toEqual([
      {
        type: 'lease_expired',
        timestamp: lease.body.expires_at,
        data: { lease_id: lease.body.lease_id, proxy_id: lease.body.proxy.id },
      },
    ]);
    const take = (amount: number) =>
      call('POST', `/admin/accounts/${mine.id}/credits`, {
        key: adminKey,
        json: { amount, type: 'adjustment', description: 'spent' },
      });
    expect((await take(-95)).status).toBe(201);
    await vi.waitFor(() => expect(listener.of('credits_low')).toMatchObject([{ data: { balance: 4 } }]), 15_000);
    expect(stranger.messages).toEqual([]);
  }, 60_000);

  it('hears on the inventory feed of pools that run low, each time once', async () => {
    const listener = await listen((await createAccount()).key, '/ws?feed=inventory');
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO outbox (id, type, payload, created_at)
         VALUES ('0', 'proxy.pool_low', '{"pool":"feed-low","leasable":1,"threshold":10}', 1700000000000)`,
      ),
    ]);
    await tick();
    await tick();
    await vi.waitFor(() => expect(listener.of('pool_low').length).toBeGreaterThan(0));
    expect(listener.of('pool_low').filter(({ data }) => data.pool === 'feed-low')).toEqual([
      {
        type: 'pool_low',
        timestamp: '2023-11-14T22:13:20.000Z',
        data: { pool: 'feed-low', leasable: 1, threshold: 10 },
      },
    ]);
  });

  it('hears of its leases from its first moment on, however silent it was before', async () => {
    const { key } = await createAccount();
    const country = 'QY';
    await createLeaseBookClient(env.LEASE_BOOK, 0).apply([proxyRow({ country })]);
    const acquire = () => call<{ lease_id: string }>('POST', '/proxies/acquire', { key, json: { country } });
    const { body } = await acquire();
    await call('POST', `/proxies/acquire/${body.lease_id}/release`, { key });
    const listener = await listen(key);
    await acquire();
    await vi.waitFor(() => expect(listener.of('lease_acquired')).toHaveLength(1));
  });

  it('may ask for the newest messages before its time', async () => {
    const account = await createAccount();
    const feed = feedOf(account.id);
    for (let serial = 0; serial < 160; serial += 1) await feed.publish([message(serial)]);
    await feed.publish([message(160), message(161)]);
    await evictDurableObject(feed);
    const listener = await listen(account.key, '/ws?tail=3');
    await vi.waitFor(() => expect(listener.messages.map(({ data }) => data.serial)).toEqual([159, 160, 161]));
    const most = await listen(account.key, '/ws?tail=100');
    await vi.waitFor(() => expect(most.messages).toHaveLength(100));
    const kept = await runInDurableObject(feed, (_instance, state) =>
      state.storage.sql.exec('SELECT COUNT(*) AS rows FROM tail').one(),
    );
    expect(Number(kept.rows)).toBeLessThanOrEqual(150);
    for (const query of ['tail=101', 'tail=-1', 'feed=x']) {
      expect((await upgrade(`/ws?${query}`, { 'x-api-key': account.key })).status).toBe(400);
    }
  });

  it('is told none of a day ago, which are gone then, and is let in by the rules alone', async () => {
    const account = await createAccount();
    const feed = feedOf(account.id);
    let nowMs = Date.now();
    await runInDurableObject(feed, (instance) => {
      instance.clock = { nowMs: () => nowMs };
    });
    await feed.publish([message(1)]);
    await feed.end(tagOfKey('some-key'));
    nowMs += TAIL_KEPT_MS - 1;
    await feed.publish([message(2)]);
    nowMs += 1;
    expect(await runDurableObjectAlarm(feed)).toBe(true);
    const listener = await listen(account.key, '/ws?tail=100');
    await vi.waitFor(() => expect(listener.messages.map(({ data }) => data.serial)).toEqual([2]));
    nowMs += TAIL_KEPT_MS;
    expect(await runDurableObjectAlarm(feed)).toBe(true);
    const rows = await runInDurableObject(feed, (_instance, { storage }) =>
      ['tail', 'ended', 'used_tickets'].map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray().length),
    );
    expect(rows).toEqual([0, 0, 0]);
    // Nothing is left to forget, so nothing rings.
    expect(await runDurableObjectAlarm(feed)).toBe(false);
  });

  it('stays while the object leaves memory, and hears what comes after', async () => {
    const account = await createAccount();
    const feed = feedOf(account.id);
    const listeners = await Promise.all(Array.from({ length: 10 }, () => listen(account.key)));
    for (let serial = 0; serial < 3; serial += 1) {
      await evictDurableObject(feed);
      expect(await feed.publish([message(serial)])).toBe(10);
    }
    await vi.waitFor(() => {
      for (const { messages } of listeners) expect(messages.map(({ data }) => data.serial)).toEqual([0, 1, 2]);
    });
    expect(listeners.flatMap(({ closed }) => closed)).toEqual([]);
  });

  it('is one of a thousand that get a message at once', async () => {
    const account = await createAccount();
    const listeners: Listener[] = [];
    for (let group = 0; group < 20; group += 1) {
      listeners.push(...(await Promise.all(Array.from({ length: 50 }, () => listen(account.key)))));
    }
    expect(await feedOf(account.id).publish([message(7)])).toBe(1_000);
    await vi.waitFor(
      () => expect(listeners.filter(({ messages }) => messages.length === 1)).toHaveLength(1_000),
      10_000,
    );
  }, 120_000);
});

describe('stats_update', () => {
  it('comes once a second at most, tells the newest figures, and nothing that did not change', async () => {
    const account = await createAccount();
    const feed = feedOf(account.id);
    const client = clientOf(account.key);
    let nowMs = 1_800_000_000_000;
    await runInDurableObject(feed, (instance) => {
      instance.clock = { nowMs: () => nowMs };
    });
    const listener = await listen(account.key);
    const id = await registered(client);
    // Before anything else happens: a late reader would tell of that, too.
    await vi.waitFor(() => expect(listener.of('stats_update')).toHaveLength(1));
    await ended(client, true);
    await ended(client, false);
    await vi.waitFor(() => expect(listener.of('session_end')).toHaveLength(2));
    expect(listener.of('stats_update')).toHaveLength(1);
    nowMs += 1_000;
    expect(await runDurableObjectAlarm(feed)).toBe(true);
    await vi.waitFor(() => expect(listener.of('stats_update')).toHaveLength(2));
    expect(listener.of('stats_update')[1]?.data).toEqual({ total_sessions: 3, active_sessions: 1, success_rate: 50 });
    // An event changes none of the figures, and a message about nothing new is not sent.
    nowMs += 5_000;
    await client.post('/api/events', { session_id: id, event_type: 'click' });
    await feed.publish([{ ...message(0), type: 'session_end' }]);
    await evictDurableObject(feed);
    await feed.publish([{ ...message(1), type: 'session_end' }]);
    await vi.waitFor(() => expect(listener.of('session_end')).toHaveLength(4));
    await scheduler.wait(50);
    expect(listener.of('stats_update')).toHaveLength(2);
  });
});

describe('who may listen', () => {
  it('is a key in a header, or a ticket, once, and nobody else while the feed is not public', async () => {
    const account = await createAccount();
    const ticket = await ticketOf(account.key);
    const listener = attach(await upgrade(`/ws?ticket=${ticket}`));
    await feedOf(account.id).publish([message(1)]);
    await vi.waitFor(() => expect(listener.messages).toHaveLength(1));
    const other = await ticketOf(account.key);
    const refused: [string, Record<string, string>][] = [
      [`/ws?ticket=${ticket}`, {}],
      ['/ws?ticket=', {}],
      ['/ws?ticket=k1.AAAA.AAAA', {}],
      [`/ws?ticket=${other.slice(0, -3)}AAA`, {}],
      [`/ws?ticket=${'x'.repeat(5_000)}`, { 'x-api-key': account.key }],
      ['/ws', {}],
      ['/ws', { 'x-api-key': 'your_key' }],
      ['/ws', { authorization: `Bearer ${adminKey.slice(0, -1)}x` }],
    ];
    for (const [path, headers] of refused) {
      const response = await upgrade(path, headers);
      expect([path.slice(0, 40), response.status, await response.json()]).toEqual([
        path.slice(0, 40),
        401,
        { detail: expect.stringContaining('ticket') },
      ]);
    }
    for (const headers of [{ authorization: `Bearer ${account.key}` }, { authorization: account.key }]) {
      expect((await upgrade('/ws', headers)).status).toBe(101);
    }
  });

  it('holds a ticket for one use among many at once, for 30 seconds, and for the feed it was asked for', async () => {
    const account = await createAccount();
    const ticket = await ticketOf(account.key);
    const replies = await Promise.all(Array.from({ length: 8 }, () => upgrade(`/ws?ticket=${ticket}`)));
    expect(replies.map(({ status }) => status).sort()).toEqual([101, ...Array(7).fill(401)]);
    const late = await ticketOf(account.key);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 30_001);
    expect((await upgrade(`/ws?ticket=${late}`)).status).toBe(401);
    vi.restoreAllMocks();
    const inventory = attach(await upgrade(`/ws?ticket=${await ticketOf(account.key, '?feed=inventory')}`));
    await env.FEED.getByName(INVENTORY_FEED).publish([{ ...message(5), type: 'checks' }]);
    await vi.waitFor(() => expect(inventory.of('checks').length).toBeGreaterThan(0));
  });

  it('is told that the path is for WebSockets', async () => {
    const reply = await call('GET', '/ws');
    expect([reply.status, reply.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(reply.body).toEqual({ detail: 'This path is for WebSockets.' });
  });

  it('is a page of ours or a listed one', async () => {
    const { key } = await createAccount();
    const listed = envWith({ ALLOWED_ORIGINS: 'https://dashboard.example, https://other.example' });
    for (const [origin, status] of [
      ['http://switchyard.test', 101],
      ['https://switchyard.test', 101],
      ['https://dashboard.example', 101],
      ['https://evil.example', 403],
      ['https://switchyard.test.evil.example', 403],
      ['null', 403],
    ] as const) {
      const headers = { upgrade: 'websocket', 'x-api-key': key, origin };
      expect([origin, (await fetchWith(listed, '/ws', { headers })).status]).toEqual([origin, status]);
    }
  });

  it('is everybody where the feed is public: it has what all accounts do', async () => {
    const open = envWith({ PUBLIC_FEED: 'true' });
    const listener = attach(await fetchWith(open, '/ws', { headers: { upgrade: 'websocket' } }));
    for (const { key } of [await createAccount(), await createAccount()]) {
      const body = JSON.stringify({ session_id: 'seen-by-all', profile_id: key.slice(0, 4) });
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      expect((await fetchWith(open, '/api/sessions/register', { method: 'POST', headers, body })).status).toBe(200);
    }
    await vi.waitFor(() => expect(listener.of('session_start')).toHaveLength(2));
    await vi.waitFor(() => expect(listener.of('stats_update').length).toBeGreaterThan(0));
    // Without it nothing goes there.
    await registered(clientOf((await createAccount()).key));
    await env.FEED.getByName(PUBLIC_FEED).publish([message(9)]);
    await vi.waitFor(() => expect(listener.of('event')).toHaveLength(1));
    expect(listener.of('session_start')).toHaveLength(2);
    expect((await fetchWith(open, '/ws', { headers: { upgrade: 'websocket', 'x-api-key': 'bad' } })).status).toBe(401);
  });

  it('is nobody any more by a key that was revoked: its sockets end, its tickets are void, other keys go on', async () => {
    const account = await createAccount();
    const second = await call<{ id: string; key: string }>('POST', '/auth/keys', {
      key: account.key,
      json: { label: 'b' },
    });
    const ticket = await ticketOf(second.body.key);
    const [first, revoked] = [await listen(account.key), await listen(second.body.key)];
    const inventory = await listen(second.body.key, '/ws?feed=inventory');
    await evictDurableObject(feedOf(account.id));
    expect((await call('DELETE', `/auth/keys/${second.body.id}`, { key: account.key })).status).toBe(204);
    await vi.waitFor(() =>
      expect([revoked.closed, inventory.closed]).toMatchObject([[{ code: 1008 }], [{ code: 1008 }]]),
    );
    expect(first.closed).toEqual([]);
    expect((await upgrade(`/ws?ticket=${ticket}`)).status).toBe(401);
    expect(await feedOf(account.id).publish([message(1)])).toBe(1);
  });

  it('is nobody of an account that is disabled or deleted, and again somebody when it is enabled', async () => {
    const account = await createAccount();
    const listener = await listen(account.key);
    const ticket = await ticketOf(account.key);
    const change = (json: object) => call('PATCH', `/admin/accounts/${account.id}`, { key: adminKey, json });
    await change({ disabled: true });
    await vi.waitFor(() => expect(listener.closed).toMatchObject([{ code: 1008 }]));
    expect((await upgrade(`/ws?ticket=${ticket}`)).status).toBe(401);
    await change({ disabled: false });
    const again = await listen(account.key);
    expect((await call('DELETE', `/admin/accounts/${account.id}`, { key: adminKey })).status).toBe(204);
    await vi.waitFor(() => expect(again.closed).toMatchObject([{ code: 1008 }]));
  });
});
