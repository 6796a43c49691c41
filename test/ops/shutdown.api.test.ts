import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { configOf } from '../../src/config.ts';
import { SUPERVISOR_NAME } from '../../src/ops/processes/supervisor.client.ts';
import { createLeaseBookClient } from '../../src/proxy-pool/leases/lease-book.client.ts';
import { createServices } from '../../src/services.ts';
import { proxyRow } from '../proxy-pool/leases/support.ts';
import { forward, freshTarget, good } from '../routing/forward/support.ts';
import { createAccount } from '../support/factories.ts';
import { adminKey, call, errorCode } from '../support/harness.ts';
import { away, envWith, fetchWith } from '../support/worker-doors.ts';

const post = (path: string) => call('POST', `/api/v1/${path}`, { key: adminKey });
const statusOf = async (environment: Env = env) => {
  const response = await fetchWith(environment, '/api/v1/status', { headers: { 'x-api-key': adminKey } });
  return (await response.json<{ status: string }>()).status;
};
const noWait = envWith({ DRAIN_SECONDS: '0' });

async function acquire(key: string) {
  const country = 'ZS';
  await createLeaseBookClient(env.LEASE_BOOK, 0).apply([proxyRow({ country })]);
  return call<{ lease_id: string }>('POST', '/proxies/acquire', { key, json: { country } });
}

afterEach(async () => {
  expect((await post('resume')).body).toEqual({ success: true });
});

describe('status', () => {
  it('is the reference’s', async () => {
    const { body } = await call('GET', '/api/v1/status', { key: adminKey });
    expect(body).toEqual({
      status: 'running',
      uptime_seconds: expect.any(Number),
      config_file: 'wrangler.toml',
      api_version: 'v1',
    });
  });
});

describe('a shutdown', () => {
  it('takes no new lease, lets live ones finish, and has stopped when they have', async () => {
    const { key } = await createAccount();
    const lease = await acquire(key);
    expect(lease.status).toBe(200);
    expect((await post('shutdown')).body).toEqual({ success: true });
    expect((await post('shutdown')).body).toEqual({ success: true });
    await evictDurableObject(env.SUPERVISOR.getByName(SUPERVISOR_NAME));

    const refused = await acquire(key);
    expect([refused.status, errorCode(refused)]).toEqual([503, 'SHUTDOWN_IN_PROGRESS']);
    const forwarded = await call('GET', `/api/proxy_${'0'.repeat(32)}/anything`);
    expect([forwarded.status, errorCode(forwarded)]).toEqual([503, 'SHUTDOWN_IN_PROGRESS']);
    const health = await call('GET', '/health');
    expect([health.status, health.body.status]).toEqual([200, 'draining']);
    const start = await post('processes/scraper/start');
    expect([start.status, errorCode(start)]).toEqual([503, 'SHUTDOWN_IN_PROGRESS']);

    expect(await statusOf(noWait)).toBe('stopping');
    const released = await call('POST', `/proxies/acquire/${lease.body.lease_id}/release`, { key });
    expect(released.status).toBe(200);
    expect(await statusOf(noWait)).toBe('stopped');
    expect(await statusOf()).toBe('stopping');
  });

  it('waits for what is forwarded, and for what waits for an IP, and takes nothing new', async () => {
    const target = await freshTarget([good[0] ?? ''], { maxQueueWaitMs: 60_000 });
    const [first, second] = [new AbortController(), new AbortController()];
    const held = forward(target.url('/hang'), { signal: first.signal }).catch(() => null);
    await expect.poll(() => target.rotor.metrics(), { timeout: 10_000 }).toMatchObject({ checkouts: 1 });
    const waiting = forward(target.url('/echo'), { signal: second.signal });
    await expect.poll(() => target.rotor.metrics(), { timeout: 10_000 }).toMatchObject({ checkouts: 1, waiters: 1 });
    await post('shutdown');
    const refused = await forward(target.url('/echo'));
    expect([refused.status, (await refused.json<{ error: { code: string } }>()).error.code]).toEqual([
      503,
      'SHUTDOWN_IN_PROGRESS',
    ]);
    expect(await statusOf(noWait)).toBe('stopping');
    first.abort();
    await held;
    // Its IP goes to who waited for it, shutdown or not.
    expect((await waiting).status).toBe(200);
    await (await waiting).text();
    await expect.poll(() => statusOf(noWait), { timeout: 10_000 }).toBe('stopped');
  });

  it('ends by resume, which repeats harmlessly, and costs nobody a credit', async () => {
    const { key } = await createAccount();
    await post('shutdown');
    await acquire(key);
    await post('resume');
    await post('resume');
    expect((await acquire(key)).status).toBe(200);
    expect((await call('GET', '/account/credits', { key })).body).toMatchObject({ balance: 99 });
    expect((await call('GET', '/health')).body.status).toBe('healthy');
    expect(await statusOf()).toBe('running');
  });

  it('is seen by an isolate that served a request before within two seconds', async () => {
    const other = createServices(env, configOf(env), () => {});
    expect(await other.processes.isDraining()).toBe(false);
    await call('POST', '/api/v1/shutdown', { key: adminKey });
    await expect.poll(() => other.processes.isDraining(), { timeout: 2_000 }).toBe(true);
  });
});

it('leases go on while the supervisor can not be asked', async () => {
  const { key } = await createAccount();
  const deaf = envWith({ SUPERVISOR: away(env.SUPERVISOR) });
  createServices(deaf, configOf(deaf), () => {}).processes.forget();
  await createLeaseBookClient(env.LEASE_BOOK, 0).apply([proxyRow({ country: 'ZD' })]);
  const reply = await fetchWith(deaf, '/proxies/acquire', {
    method: 'POST',
    headers: { authorization: key, 'content-type': 'application/json' },
    body: '{"country":"ZD"}',
  });
  expect(reply.status).toBe(200);
});
