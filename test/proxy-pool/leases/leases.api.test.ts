import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createSecretBox, parseKeyRing } from '../../../src/platform/secrets.ts';
import { createLeaseBookClient } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import { passwordContext } from '../../../src/proxy-pool/proxies/proxy-upsert.store.ts';
import { testBindings } from '../../support/bindings.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';
import { freshCountry, proxyRow } from './support.ts';

interface Acquired extends Record<string, unknown> {
  lease_id: string;
  proxy: { id: string; url: string };
  credits_remaining: number;
  expires_at: string;
  acquired_at: string;
}

const defaultBook = createLeaseBookClient(env.LEASE_BOOK, 0);
async function poolOf(country: string, count: number) {
  const rows = Array.from({ length: count }, () => proxyRow({ country }));
  await defaultBook.apply(rows);
  return rows;
}

const acquire = (key: string, json: Record<string, unknown>, headers: Record<string, string> = {}) =>
  call<Acquired>('POST', '/proxies/acquire', { key, json, headers });

commonRouteTests({ method: 'POST', path: '/proxies/acquire', scope: 'read', validBody: { country: 'QQ' } });
commonRouteTests({
  method: 'POST',
  path: `/proxies/acquire/${crypto.randomUUID()}/renew`,
  scope: 'read',
  validBody: { lease_duration_seconds: 60 },
});
commonRouteTests({ method: 'GET', path: '/account/leases', scope: 'read' });

describe('POST /proxies/acquire', () => {
  it('leases the best match for one credit and shows it among the live leases', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    const better = proxyRow({ country, score: 0.95, ip: '203.0.113.9', port: 3128 });
    await defaultBook.apply([proxyRow({ country, score: 0.4 }), better]);

    const reply = await acquire(key, { country: country.toLowerCase(), lease_duration_seconds: 60 });

    expect(reply.status).toBe(200);
    expect(reply.body.proxy).toEqual({
      id: better.id,
      url: 'http://203.0.113.9:3128',
      ip: '203.0.113.9',
      port: 3128,
      protocol: 'http',
      country,
      anonymity: 'elite',
    });
    expect(reply.body.credits_remaining).toBe(99);
    expect(Date.parse(reply.body.expires_at) - Date.parse(reply.body.acquired_at)).toBe(60_000);
    const { credits_remaining: _, ...lease } = reply.body;
    expect((await call('GET', '/account/leases', { key })).body).toEqual({ items: [lease] });
  });

  it('opens a sealed password only for the answer, percent-encoded', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    const row = proxyRow({ country, username: "us:er'", protocol: 'socks5' });
    const ring = parseKeyRing(testBindings.ENCRYPTION_KEY);
    if (ring === null) throw new Error('the key ring of the tests is broken');
    const passwordSealed = await createSecretBox(ring).seal('p@ss/wörd', passwordContext(row.id));
    await defaultBook.apply([{ ...row, passwordSealed }]);

    const { body } = await acquire(key, { country });

    expect(body.proxy.url).toBe('socks5://us%3Aer%27:p%40ss%2Fw%C3%B6rd@203.0.113.1:8080');
    expect(new URL(body.proxy.url).host).toBe('203.0.113.1:8080');
  });

  it('says 404 when nothing matches and 409 with the seconds to wait when all is leased', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    expect(errorCode(await acquire(key, { country }))).toBe('NO_MATCHING_PROXY');
    expect(errorCode(await acquire(key, { pool: 'nobody-uses-this' }))).toBe('NO_MATCHING_PROXY');
    await poolOf(country, 1);
    await acquire(key, { country, lease_duration_seconds: 50 });

    const reply = await acquire(key, { country });

    expect([reply.status, errorCode(reply)]).toEqual([409, 'ALL_PROXIES_LEASED']);
    const { error } = reply.body as unknown as { error: { details: { retry_after_seconds: number } } };
    expect(error.details.retry_after_seconds).toBeGreaterThanOrEqual(1);
    expect(error.details.retry_after_seconds).toBeLessThanOrEqual(50);
    expect(reply.headers.get('retry-after')).toBe(String(error.details.retry_after_seconds));
    expect(errorCode(await acquire(key, { country, min_score: 0.91 }))).toBe('NO_MATCHING_PROXY');
  });

  it('says 402 with the balance when there is no credit', async () => {
    const account = await createAccount();
    const country = freshCountry();
    await poolOf(country, 1);
    await call('POST', `/admin/accounts/${account.id}/credits`, {
      key: adminKey,
      json: { amount: -100, type: 'adjustment', description: 'empty' },
    });

    const reply = await acquire(account.key, { country });

    expect(reply.status).toBe(402);
    expect(reply.body).toMatchObject({
      error: {
        code: 'INSUFFICIENT_CREDITS',
        message: 'You need at least 1 credit to acquire a proxy. Current balance: 0.',
      },
    });
    const other = await createAccount();
    expect((await acquire(other.key, { country })).status).toBe(200);
  });

  it('answers a repeated key with the first lease, and refuses the key for another body', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    await poolOf(country, 2);
    const headers = { 'idempotency-key': crypto.randomUUID() };

    const first = await acquire(key, { country }, headers);
    const again = await acquire(key, { country }, headers);

    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const reused = await acquire(key, { country, min_score: 0.1 }, headers);
    expect([reused.status, errorCode(reused)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    for (const bad of ['', 'with space', 'x'.repeat(256)]) {
      const reply = await acquire(key, { country }, { 'idempotency-key': bad });
      expect([bad.length, reply.status]).toEqual([bad.length, 422]);
    }
  });

  it.each([
    { protocol: 'ftp' },
    { protocol: 1 },
    { country: 'USA' },
    { country: '\u202e' },
    { anonymity: 'ELITE' },
    { min_score: 1.01 },
    { min_score: '0.5' },
    { lease_duration_seconds: 0 },
    { lease_duration_seconds: 3601 },
    { lease_duration_seconds: 1.5 },
    { wait_seconds: 31 },
    { wait_seconds: -1 },
    { pool: '../default' },
    { pool: '' },
    { unknown: true },
  ])('refuses the body %j', async (json) => {
    const reply = await acquire(adminKey, json);
    expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
  });
});

describe('what an acquire prefers and excludes', () => {
  it('is the best match, unless the caller asks for the fastest, the longest unused, or any', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    const rows = [
      proxyRow({ country, score: 0.9, latencyMs: 300 }),
      proxyRow({ country, score: 0.8, latencyMs: 100 }),
      proxyRow({ country, score: 0.5, latencyMs: 50 }),
    ];
    await defaultBook.apply(rows);
    const ids = rows.map(({ id }) => id);
    const take = async (json: Record<string, unknown>) => {
      const lease = await acquire(key, { country, ...json });
      expect(lease.status).toBe(200);
      await call('POST', `/proxies/acquire/${lease.body.lease_id}/release`, { key });
      return rows.findIndex(({ id }) => id === lease.body.proxy.id);
    };
    expect(await take({})).toBe(0);
    expect(await take({ prefer: 'best' })).toBe(0);
    expect(await take({ prefer: 'fastest' })).toBe(2);
    expect(await take({ prefer: 'fastest', min_score: 0.7 })).toBe(1);
    // Used in the order 0, 2, 1.
    expect(await take({ prefer: 'least_used' })).toBe(0);
    expect(await take({ prefer: 'least_used' })).toBe(2);
    expect(await take({ prefer: 'least_used', min_score: 0.7 })).toBe(1);
    expect([1, 2]).toContain(await take({ prefer: 'random', exclude: ids.slice(0, 1) }));
    expect(await take({ exclude: [ids[0], ids[2]] })).toBe(1);
  });

  it('is 404 when all matches are excluded, and 409 when those that are not are leased', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    const [first, second] = await poolOf(country, 2);
    const all = [first?.id, second?.id];
    const none = await acquire(key, { country, exclude: all });
    expect([none.status, errorCode(none)]).toEqual([404, 'NO_MATCHING_PROXY']);
    const lease = await acquire(key, { country, exclude: [first?.id] });
    expect(lease.body.proxy.id).toBe(second?.id);
    const taken = await acquire(key, { country, exclude: [first?.id] });
    expect([taken.status, errorCode(taken)]).toEqual([409, 'ALL_PROXIES_LEASED']);
  });

  it('is refused when it is no preference, no id, or too many', async () => {
    const tooMany = Array.from({ length: 101 }, () => crypto.randomUUID());
    for (const json of [{ prefer: 'cheapest' }, { exclude: ['x'] }, { exclude: 'x' }, { exclude: tooMany }]) {
      const refused = await acquire(adminKey, json);
      expect([refused.status, errorCode(refused)]).toEqual([422, 'VALIDATION_ERROR']);
    }
  });
});

describe('POST /proxies/acquire/{lease_id}/release', () => {
  it('frees the proxy at once and gives the same answer again', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    await poolOf(country, 1);
    const { body } = await acquire(key, { country });
    const path = `/proxies/acquire/${body.lease_id}/release`;

    const released = await call('POST', path, { key });

    expect(released.status).toBe(200);
    expect(released.body).toEqual({
      lease_id: body.lease_id,
      status: 'released',
      released_at: expect.stringMatching(/Z$/),
    });
    expect((await acquire(key, { country })).status).toBe(200);
    expect((await call('POST', path, { key })).body).toEqual(released.body);
  });

  it('hides the leases of others and of nobody behind the same 404', async () => {
    const owner = await createAccount();
    const stranger = await createAccount();
    const country = freshCountry();
    await poolOf(country, 1);
    const { body } = await acquire(owner.key, { country });
    const unknown = [body.lease_id, crypto.randomUUID(), 'not-a-uuid', '01890000-0000-7fff-8000-000000000000'];
    for (const leaseId of unknown) {
      const reply = await call('POST', `/proxies/acquire/${leaseId}/release`, { key: stranger.key });
      expect([leaseId, reply.status, errorCode(reply)]).toEqual([leaseId, 404, 'LEASE_NOT_FOUND']);
    }
    expect((await call('GET', '/account/leases', { key: stranger.key })).body).toEqual({ items: [] });
  });
});

describe('POST /proxies/acquire/{lease_id}/renew', () => {
  const renew = (key: string, leaseId: string, json: Record<string, unknown>, headers: Record<string, string> = {}) =>
    call<Acquired>('POST', `/proxies/acquire/${leaseId}/renew`, { key, json, headers });

  async function leasedBy(key: string, json: Record<string, unknown> = {}) {
    const country = freshCountry();
    await poolOf(country, 1);
    return (await acquire(key, { country, ...json })).body;
  }

  it('moves the end to now + duration for one credit and answers with the whole lease', async () => {
    const { key } = await createAccount();
    const lease = await leasedBy(key, { lease_duration_seconds: 60 });
    const beforeMs = Date.now();

    const reply = await renew(key, lease.lease_id, { lease_duration_seconds: 3_600 });

    expect(reply.status).toBe(200);
    const { expires_at: end, credits_remaining: credits, ...same } = reply.body;
    expect(Date.parse(end) - beforeMs).toBeGreaterThanOrEqual(3_600_000);
    expect(Date.parse(end) - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(credits).toBe(98);
    expect(lease).toMatchObject(same);
    const { body: listed } = await call<{ items: unknown[] }>('GET', '/account/leases', { key });
    expect(listed.items).toEqual([{ ...same, expires_at: end }]);
    const { body: account } = await call<{ recent_transactions: unknown[] }>('GET', '/account/credits', { key });
    expect(account.recent_transactions[0]).toMatchObject({ amount: -1, tx_type: 'renew' });
  });

  it('answers a repeated key with the first answer, and refuses it for another lease or another duration', async () => {
    const { key } = await createAccount();
    const [lease, other] = [await leasedBy(key), await leasedBy(key)];
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const json = { lease_duration_seconds: 900 };

    const first = await renew(key, lease.lease_id, json, headers);
    const again = await renew(key, lease.lease_id, json, headers);

    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first.body]);
    for (const reused of [
      await renew(key, other.lease_id, json, headers),
      await renew(key, lease.lease_id, { lease_duration_seconds: 901 }, headers),
    ]) {
      expect([reused.status, errorCode(reused)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    expect((await call('GET', '/account/credits', { key })).body).toMatchObject({ balance: 97 });
  });

  it('says 409 for a released lease, 404 for another’s, and 402 with the balance without a credit', async () => {
    const account = await createAccount();
    const stranger = await createAccount();
    const { key } = account;
    const { lease_id: leaseId } = await leasedBy(key);
    const refused = await renew(stranger.key, leaseId, {});
    expect([refused.status, errorCode(refused)]).toEqual([404, 'LEASE_NOT_FOUND']);
    expect(errorCode(await renew(key, 'not-a-uuid', {}))).toBe('LEASE_NOT_FOUND');
    await call('POST', `/admin/accounts/${account.id}/credits`, {
      key: adminKey,
      json: { amount: -99, type: 'adjustment', description: 'empty' },
    });
    const broke = await renew(key, leaseId, {});
    expect([broke.status, broke.body]).toMatchObject([
      402,
      { error: { message: 'You need at least 1 credit to renew a lease. Current balance: 0.' } },
    ]);
    await call('POST', `/proxies/acquire/${leaseId}/release`, { key });
    const released = await renew(key, leaseId, {});
    expect([released.status, errorCode(released)]).toEqual([409, 'LEASE_NOT_ACTIVE']);
  });

  it('says 409 for a lease whose time is over', async () => {
    const { key } = await createAccount();
    const { lease_id: leaseId } = await leasedBy(key, { lease_duration_seconds: 1 });
    await expect
      .poll(async () => (await call<{ items: unknown[] }>('GET', '/account/leases', { key })).body.items, {
        timeout: 10_000,
      })
      .toEqual([]);
    const late = await renew(key, leaseId, {});
    expect([late.status, errorCode(late)]).toEqual([409, 'LEASE_EXPIRED']);
  });

  it.each([
    { lease_duration_seconds: 0 },
    { lease_duration_seconds: 3_601 },
    { lease_duration_seconds: '60' },
    { unknown: true },
  ])('refuses the body %j', async (json) => {
    const reply = await renew(adminKey, crypto.randomUUID(), json);
    expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
  });
});

describe('many at once', () => {
  it('gives one lease and 63 replays to 64 parallel acquires with one key', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    await poolOf(country, 3);
    const headers = { 'idempotency-key': crypto.randomUUID() };

    const replies = await Promise.all(Array.from({ length: 64 }, () => acquire(key, { country }, headers)));

    expect(new Set(replies.map(({ status, body }) => `${status} ${body.lease_id}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(200);
    const replayed = replies.filter((reply) => reply.headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(63);
    expect((await call('GET', '/account/credits', { key })).body).toMatchObject({ balance: 99 });
  });

  it('lets exactly 10 of 200 parallel acquires through with 10 credits', async () => {
    const account = await createAccount();
    const country = freshCountry();
    await poolOf(country, 200);
    await call('POST', `/admin/accounts/${account.id}/credits`, {
      key: adminKey,
      json: { amount: -90, type: 'adjustment', description: 'ten are left' },
    });

    const replies = await Promise.all(Array.from({ length: 200 }, () => acquire(account.key, { country })));

    const granted = replies.filter(({ status }) => status === 200);
    expect(new Set(granted.map(({ body }) => body.proxy.id)).size).toBe(10);
    expect([granted.length, replies.filter(({ status }) => status === 402).length]).toEqual([10, 190]);
    expect((await call('GET', '/account/credits', { key: account.key })).body).toMatchObject({ balance: 0 });
  });
});
