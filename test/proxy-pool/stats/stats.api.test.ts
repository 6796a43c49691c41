import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { call } from '../../support/harness.ts';
import { insertProxies } from '../proxies/rows.ts';

commonRouteTests({ method: 'GET', path: '/stats/pool', scope: 'read' });
commonRouteTests({ method: 'GET', path: '/stats/plugins', scope: 'read' });

async function poolStats() {
  const { key } = await createAccount();
  const reply = await call('GET', '/stats/pool', { key });
  expect(reply.status).toBe(200);
  return reply.body;
}

describe('GET /stats/pool', () => {
  it('is all zeroes, and null where nothing can be averaged, while there is nothing', async () => {
    expect(await poolStats()).toEqual({
      total_proxies: 0,
      by_status: { active: 0, dead: 0, unchecked: 0, unsupported: 0 },
      by_protocol: { http: 0, https: 0, socks4: 0, socks5: 0 },
      by_anonymity: { transparent: 0, anonymous: 0, elite: 0 },
      by_country: {},
      by_score: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      avg_score: null,
      avg_latency_ms: null,
      sources_active: 0,
      sources_total: 0,
      last_scrape_at: null,
      last_validation_at: null,
    });
  });

  it('counts every proxy by each property, and averages over the active ones alone', async () => {
    const scrapedAtMs = Date.parse('2026-01-15T10:30:00Z');
    const checkedAtMs = Date.parse('2026-01-15T10:25:00Z');
    await insertProxies([
      { status: 'active', anonymity: 'elite', country: 'DE', score: 0.9, avgLatencyMs: 100, lastCheckedAtMs: 1 },
      { status: 'active', protocol: 'socks5', anonymity: 'elite', country: 'US', score: 0.35, avgLatencyMs: 300.25 },
      { status: 'active', protocol: 'socks5', anonymity: 'elite', country: 'US', score: 1 },
      { status: 'active', protocol: 'socks5', anonymity: 'elite', score: 0.07 },
      {
        status: 'dead',
        protocol: 'http',
        anonymity: 'transparent',
        country: 'FR',
        avgLatencyMs: 9_000,
        lastCheckedAtMs: checkedAtMs,
      },
      { status: 'unchecked', protocol: 'https' },
      { status: 'unsupported', protocol: 'socks4' },
    ]);
    for (const [id, isActive, lastScrapedAtMs] of [
      ['a', 1, scrapedAtMs],
      ['b', 0, 1],
      ['c', 1, null],
    ] as const) {
      await env.DB.prepare(
        `INSERT INTO sources (id, url, parser_name, default_protocol, is_active, last_scraped_at, created_at, updated_at)
         VALUES (?1, 'http://lists.example/' || ?1, 'plaintext', 'http', ?2, ?3, 0, 0)`,
      )
        .bind(id, isActive, lastScrapedAtMs)
        .run();
    }
    expect(await poolStats()).toEqual({
      total_proxies: 7,
      by_status: { active: 4, dead: 1, unchecked: 1, unsupported: 1 },
      by_protocol: { http: 2, https: 1, socks4: 1, socks5: 3 },
      by_anonymity: { transparent: 1, anonymous: 0, elite: 4 },
      by_country: { US: 2, DE: 1 },
      by_score: [1, 0, 0, 1, 0, 0, 0, 0, 0, 2],
      avg_score: 0.58,
      avg_latency_ms: 200.1,
      sources_active: 2,
      sources_total: 3,
      last_scrape_at: '2026-01-15T10:30:00.000Z',
      last_validation_at: '2026-01-15T10:25:00.000Z',
    });
  });
});

describe('GET /stats/plugins', () => {
  it('names the parsers in the order of their tries, and the checkers by stage', async () => {
    const { key } = await createAccount();
    const { status, body } = await call<{ parsers: object[]; checkers: { name: string; stage: number }[] }>(
      'GET',
      '/stats/plugins',
      { key },
    );
    expect(status).toBe(200);
    expect(body.parsers).toContainEqual({ name: 'plaintext', type: 'SourceParser' });
    expect(body.parsers).toHaveLength(6);
    expect(body.checkers).toEqual(
      expect.arrayContaining([
        { name: 'tcp_connect', stage: 1, priority: 0 },
        { name: 'http_anonymity', stage: 2, priority: 0 },
      ]),
    );
  });
});
