import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { call } from '../support/harness.ts';
import { type Logged, logged } from './observed.ts';
import { callThrough, createClient, createProxy, targetSecret } from './support.ts';

const closed = env.TEST_PEERS.net.closedPort ?? { host: '', port: 0 };
const CALLER_SECRET = 'caller-secret-value';

it('has an entry for each call, refused ones too, and no secret of either side in any of them', async () => {
  const proxy = await createProxy({
    proxyCredential: { credentialSecret: { key: 'caller_key', value: CALLER_SECRET, addToQuery: true } },
    targetCredential: {
      credentialAuthType: 'key',
      credentialSecret: { key: 'api_key', value: targetSecret, addToQuery: true },
    },
    proxy: {
      proxyAlias: 'logged',
      proxyAdditionalQueryParams: { tenant: 'internal-tenant' },
      proxyAdditionalHeaders: { 'x-team': 'internal-team' },
    },
  });
  const path = `/api/${proxy.client.clientId}/logged/v1/things?page=2`;
  expect((await callThrough(`${path}&caller_key=${CALLER_SECRET}`)).status).toBe(200);
  expect((await callThrough(`${path}&caller_key=mistaken-secret`, { method: 'DELETE' })).status).toBe(401);
  const entries = await logged(proxy, 2);
  expect(new Set(entries.map(({ status_code }) => status_code))).toEqual(new Set([200, 401]));
  for (const entry of entries) expect(entry).toMatchObject({ subdomain: 'logged', url: '/v1/things?page=2' });
  for (const { id } of entries) {
    const { status, text } = await call('GET', `/api/v1/proxy/requests/${id}`, { key: proxy.client.key });
    expect(status).toBe(200);
    for (const secret of [CALLER_SECRET, targetSecret, 'internal-tenant', 'internal-team', 'mistaken-secret']) {
      expect(text).not.toContain(secret);
    }
  }
  const stranger = await createClient();
  const foreign = await call<{ requests: Logged[] }>('GET', '/api/v1/proxy/requests', { key: stranger.key });
  expect(foreign.body.requests).toEqual([]);
});

it('says that a target could not be reached', async () => {
  const proxy = await createProxy({ target: { targetBaseURL: `http://${closed.host}:${closed.port}` } });
  await callThrough(`/api/${proxy.proxyId}/x`);
  const [entry] = await logged(proxy, 1);
  expect(entry).toMatchObject({ status_code: 502, subdomain: proxy.proxyId, url: '/x' });
});
