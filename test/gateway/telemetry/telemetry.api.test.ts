import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { call } from '../../support/harness.ts';
import { askTelemetry, sum, untilCounted } from '../observed.ts';
import { callThrough, createClient, createProxy, statusAndCode } from '../support.ts';

const closed = env.TEST_PEERS.net.closedPort ?? { host: '', port: 0 };

describe('the telemetry of a proxy', () => {
  it('is exact under 50 callers at a time, in every interval', async () => {
    const proxy = await createProxy();
    const callers = Array.from({ length: 50 }, async (_, caller) => {
      for (let sent = 0; sent < 6; sent += 1) {
        const headers: Record<string, string> = caller % 10 === 0 ? { 'x-api-key': 'wrong' } : {};
        const answer = await callThrough(`/api/${proxy.proxyId}/`, { headers });
        await answer.arrayBuffer();
      }
    });
    await Promise.all(callers);
    await untilCounted(proxy, 300);
    for (const interval of ['minute', 'hour', 'day', 'month']) {
      const { status, body } = await askTelemetry(proxy, `?interval=${interval}`);
      expect([status, body.message, body.interval]).toEqual([200, 'Success', interval]);
      expect(sum(body, 'countMap', 'proxy')).toBe(300);
      expect(sum(body, 'countMap', 'target')).toBe(270);
      expect(sum(body, 'codeCountMap', '200:proxy')).toBe(270);
      expect(sum(body, 'codeCountMap', '401:proxy')).toBe(30);
      expect(sum(body, 'errorCountMap', 'proxy')).toBe(30);
      expect(sum(body, 'countryCountMap', 'XX:proxy')).toBe(300);
    }
  });

  it('tells an unreachable target from what the caller saw', async () => {
    const proxy = await createProxy({ target: { targetBaseURL: `http://${closed.host}:${closed.port}` } });
    expect((await callThrough(`/api/${proxy.proxyId}/`)).status).toBe(502);
    const body = await untilCounted(proxy, 1);
    expect(body.telemetry).toMatchObject([
      { codeCountMap: { '502:proxy': 1, '0:target': 1 }, errorCountMap: { proxy: 1, target: 1 } },
    ]);
  });

  it('is empty before any call, and shows only what lies in the range that is asked for', async () => {
    const proxy = await createProxy();
    expect((await askTelemetry(proxy)).body).toEqual({ message: 'Success', interval: 'hour', telemetry: [] });
    await callThrough(`/api/${proxy.proxyId}/`);
    const nowMs = Date.now();
    await untilCounted(proxy, 1, '?interval=minute');
    const at = (offsetMs: number) => encodeURIComponent(new Date(nowMs + offsetMs).toISOString());
    expect((await askTelemetry(proxy, `?startDate=${at(0)}&endDate=${at(0)}&limit=1`)).body.telemetry).toHaveLength(1);
    expect((await askTelemetry(proxy, `?endDate=${at(-7_200_000)}`)).body.telemetry).toEqual([]);
    expect((await askTelemetry(proxy, `?startDate=${at(7_200_000)}`)).body.telemetry).toEqual([]);
  });

  it.each([
    '?interval=week',
    '?limit=0',
    '?limit=1001',
    '?startDate=yesterday',
    '?startDate=2026-01-02T00:00:00Z&endDate=2026-01-01T00:00:00Z',
  ])('refuses %s', async (query) => {
    expect(statusAndCode(await askTelemetry(await createProxy(), query))).toEqual([422, 'VALIDATION_ERROR']);
  });

  it('is nobody else’s, and nobody’s of a proxy that is not there', async () => {
    const proxy = await createProxy();
    const stranger = await createClient();
    const path = `/api/clients/${proxy.client.clientId}/proxies/${proxy.proxyId}/telemetry`;
    expect(statusAndCode(await call('GET', path, { key: stranger.key }))).toEqual([404, 'NOT_FOUND']);
    const missing = `/api/clients/${proxy.client.clientId}/proxies/proxy_${'0'.repeat(32)}/telemetry`;
    expect(statusAndCode(await call('GET', missing, { key: proxy.client.key }))).toEqual([404, 'NOT_FOUND']);
  });
});
