import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { MAX_LOGGED_BODY_BYTES } from '../../src/platform/log/redact-exchange.ts';
import { freshTarget, good } from '../routing/forward/support.ts';
import { call, type Reply } from '../support/harness.ts';
import { logged } from './observed.ts';
import { callThrough, createProxy, type TestProxy, targetSecret } from './support.ts';

interface Detail {
  request_body: { text: string | null; truncated: boolean } | null;
  response_body: { text: string | null; truncated: boolean } | null;
}

/** What the log keeps of the newest of so many calls. */
async function newest(proxy: TestProxy, count = 1): Promise<Detail> {
  const [entry] = await logged(proxy, count);
  const { body }: Reply<Detail> = await call('GET', `/api/v1/proxy/requests/${entry?.id}`, { key: proxy.client.key });
  return body;
}

const json = { 'content-type': 'application/json' };

describe('the bodies of calls', () => {
  it('are not kept unless the owner of the proxy asks for it, and not from when he does not any more', async () => {
    const proxy = await createProxy();
    const { client, proxyId } = proxy;
    await (await callThrough(`/api/${proxyId}/x`, { method: 'POST', headers: json, body: '{"city":"Oslo"}' })).text();
    expect(await newest(proxy)).toMatchObject({ request_body: null, response_body: null });
    const path = `/api/clients/${client.clientId}/proxies/${proxyId}`;
    const shown = async (change: object) => {
      const { status, body } = await call<{ proxies: { proxyCaptureBodies: boolean }[] }>('PUT', path, {
        key: client.key,
        json: change,
      });
      return [status, body.proxies[0]?.proxyCaptureBodies];
    };
    expect(await shown({ proxyCaptureBodies: true })).toEqual([200, true]);
    expect(await shown({ proxyName: 'still' })).toEqual([200, true]);
    expect(await shown({ proxyCaptureBodies: false })).toEqual([200, false]);
    expect((await call('PUT', path, { key: client.key, json: { proxyCaptureBodies: 'yes' } })).status).toBe(422);
  });

  it('are kept without secrets: neither credential, nothing that is named like one', async () => {
    const proxy = await createProxy({ proxy: { proxyCaptureBodies: true } });
    const body = JSON.stringify({ city: 'Oslo', password: 'correct horse' });
    const answer = await callThrough(`/api/${proxy.proxyId}/x`, { method: 'POST', headers: json, body });
    const text = await answer.text();
    // The echo shows what it was sent: the caller is answered all of it.
    expect(text).toContain(targetSecret);
    expect(text).toContain('correct horse');
    const { request_body: sent, response_body: answered } = await newest(proxy);
    expect(sent).toEqual({ text: '{"city":"Oslo","password":"[redacted]"}', truncated: false });
    expect(answered).toMatchObject({ truncated: false });
    expect(answered?.text).toContain('Oslo');
    expect(answered?.text).not.toContain(targetSecret);
  });

  it.each([
    [0, false],
    [MAX_LOGGED_BODY_BYTES, false],
    [MAX_LOGGED_BODY_BYTES + 1, true],
    [1_000_000, true],
  ])('of %i bytes are passed on whole, and kept to 16 KiB', async (length, truncated) => {
    const proxy = await createProxy({ proxy: { proxyCaptureBodies: true } });
    const body = 'a'.repeat(length);
    const answer = await callThrough(`/api/${proxy.proxyId}/x`, { method: 'POST', body });
    const seen = await answer.json<{ lines: string[]; body: string }>();
    expect([seen.body.length, seen.body === body]).toEqual([length, true]);
    const { request_body: sent } = await newest(proxy);
    if (length === 0) expect(sent).toBeNull();
    else expect(sent).toEqual({ text: body.slice(0, MAX_LOGGED_BODY_BYTES), truncated });
  });

  it.each(['gzip', 'br'])(
    'that come as %s reach the caller unharmed, and are kept decoded and redacted',
    async (encoding) => {
      const proxy = await createProxy({
        target: { targetBaseURL: env.TEST_PEERS.gateway.targetUrl },
        proxy: { proxyCaptureBodies: true },
      });
      const path = `/api/${proxy.proxyId}/compressed?encoding=${encoding}`;
      const answer = await callThrough(path, { headers: { 'accept-encoding': encoding } });
      expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, encoding]);
      expect(await answer.json()).toEqual({ city: 'Ålesund', password: 'correct horse' });
      const { response_body: answered } = await newest(proxy);
      expect(answered).toEqual({ text: '{"city":"Ålesund","password":"[redacted]"}', truncated: false });
    },
  );

  it('are kept of calls through a routing target, too, and of those with fields merged in as the caller sent them', async () => {
    const routing = await freshTarget(good.slice(0, 1), { allowedRoles: ['viewer', 'operator', 'admin'] });
    const proxy = await createProxy({
      proxy: {
        proxyCaptureBodies: true,
        proxyEgressTarget: routing.name,
        proxyAdditionalData: { internal: 'only-for-the-target' },
      },
    });
    const answer = await callThrough(`/api/${proxy.proxyId}/x`, {
      method: 'POST',
      headers: json,
      body: '{"city":"Oslo"}',
    });
    await answer.text();
    const { request_body: sent, response_body: answered } = await newest(proxy);
    expect(sent).toEqual({ text: '{"city":"Oslo"}', truncated: false });
    expect(answered?.text).not.toBeNull();
  });

  it('are kept of what came when the caller left before the end', async () => {
    const proxy = await createProxy({ proxy: { proxyCaptureBodies: true } });
    const answer = await callThrough(`/api/${proxy.proxyId}/x`, { method: 'POST', body: 'b'.repeat(600_000) });
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await newest(proxy)).request_body).toMatchObject({ truncated: true });
  });
});
