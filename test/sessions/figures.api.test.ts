import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressLimits } from '../../src/accounts/address-limits.service.ts';
import { configOf } from '../../src/config.ts';
import { createDatabase } from '../../src/platform/db/client.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { createRateLimiter } from '../../src/platform/rate-limit/rate-window.client.ts';
import { createFiguresStore } from '../../src/sessions/figures.store.ts';
import {
  afterOutcome,
  DISABLED_MS,
  healthOf,
  type ProxyRecord,
  UNUSED,
} from '../../src/sessions/proxy-health.model.ts';
import { createSessionEndStore } from '../../src/sessions/session-end.store.ts';
import { createAccount } from '../support/factories.ts';
import { call } from '../support/harness.ts';
import { away, envWith, fetchWith } from '../support/worker-doors.ts';
import { clientOf, ended, registered } from './support.ts';

interface StatsBody {
  proxy_stats: { url: string; uses: number; status: string; enabled: boolean }[];
  ip_health: Record<string, number>;
  total_events: number;
}

describe('the statistics', () => {
  it('of an account that did nothing are all there, and none', async () => {
    const client = clientOf((await createAccount()).key);
    const { status, body } = await client.get('/api/stats');
    expect([status, body]).toEqual([
      200,
      {
        total_sessions: 0,
        active_sessions: 0,
        successful_sessions: 0,
        failed_sessions: 0,
        total_events: 0,
        average_duration: 0,
        success_rate: 0,
        proxy_stats: [],
        ip_health: { healthy: 0, flagged: 0, blacklisted: 0 },
      },
    ]);
  });

  it('count ended sessions in the averages and in the uses of proxies, active ones in neither', async () => {
    const client = clientOf((await createAccount()).key);
    const proxy = '1.2.3.4:12321';
    await ended(client, true, { proxy, country: 'US' }, { duration: 10 });
    await ended(client, true, { proxy, country: 'US' }, { duration: 11.5 });
    await ended(client, false, { proxy }, { duration: 2, error: 'timeout' });
    const active = await registered(client, { proxy });
    await registered(client, { proxy: 'unused.example:1' });
    await client.post('/api/events', { session_id: active, event_type: 'click' });
    const { body } = await client.get<StatsBody>('/api/stats');
    const [unused, used] = body.proxy_stats;
    expect(body).toMatchObject({
      total_sessions: 5,
      active_sessions: 2,
      successful_sessions: 2,
      failed_sessions: 1,
      total_events: 1,
      average_duration: 7.83,
      success_rate: 66.67,
      ip_health: { healthy: 1, flagged: 1, blacklisted: 0 },
    });
    expect(used).toEqual({
      url: proxy,
      uses: 3,
      successes: 2,
      failures: 1,
      success_rate: 0.6667,
      status: 'flagged',
      enabled: true,
      last_used: expect.stringMatching(/Z$/),
      avg_latency_ms: 10_750,
      country: 'US',
    });
    expect(unused).toMatchObject({
      url: 'unused.example:1',
      uses: 0,
      success_rate: 1,
      status: 'healthy',
      country: null,
    });
    const ip = await client.get('/api/ip/status');
    expect(ip.body).toEqual({ proxies: body.proxy_stats, health: body.ip_health });
  });

  it('show a proxy disabled after three failures in a row, to this account alone', async () => {
    const [client, other] = [clientOf((await createAccount()).key), clientOf((await createAccount()).key)];
    const proxy = 'shared.example:8080';
    for (let use = 0; use < 10; use += 1) await ended(client, true, { proxy });
    await ended(other, true, { proxy });
    for (let use = 0; use < 3; use += 1) await ended(client, false, { proxy });
    const { body } = await client.get<StatsBody>('/api/stats');
    expect(body.proxy_stats).toMatchObject([{ uses: 13, status: 'blacklisted', enabled: false }]);
    expect(body.ip_health).toEqual({ healthy: 0, flagged: 0, blacklisted: 1 });
    const theirs = await other.get<StatsBody>('/api/stats');
    expect(theirs.body.proxy_stats).toMatchObject([{ uses: 1, status: 'healthy', enabled: true }]);
  });
});

describe('the counters', () => {
  const endStore = createSessionEndStore(env.DB);
  const figures = createFiguresStore(createDatabase(env.DB));

  it('of a proxy are what its model says, for any outcomes at any times', async () => {
    const pauses = fc.oneof(fc.constantFrom(0, DISABLED_MS - 1, DISABLED_MS, DISABLED_MS + 1), fc.nat(DISABLED_MS));
    const outcomes = fc.array(fc.record({ success: fc.boolean(), pauseMs: pauses }), { minLength: 1, maxLength: 12 });
    const { id: accountId } = await createAccount();
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(outcomes, async (list) => {
        serial += 1;
        const proxy = `proxy-${serial}.example:1`;
        let expected: ProxyRecord = UNUSED;
        let nowMs = 1_800_000_000_000;
        await env.DB.prepare(
          `INSERT INTO sessions (account_id, session_id, profile_id, device, proxy, search_text, status, started_at)
           SELECT ?1, ?2 || '-' || key, '', '', ?2, '', 'active', 0 FROM json_each(?3)`,
        )
          .bind(accountId, proxy, JSON.stringify(list))
          .run();
        for (const [index, { success, pauseMs }] of list.entries()) {
          nowMs += pauseMs;
          const sessionId = `${proxy}-${index}`;
          const ending = {
            accountId,
            sessionId,
            success,
            durationSeconds: 1,
            error: null,
            endedAtMs: nowMs,
            address: null,
          };
          expect(await endStore.end(ending)).not.toBeNull();
          expected = afterOutcome(expected, success, nowMs);
          const row = await env.DB.prepare(
            `SELECT uses, successes, failed_in_row AS failedInRow, disabled_until AS disabledUntilMs
             FROM session_proxies WHERE account_id = ? AND proxy = ?`,
          )
            .bind(accountId, proxy)
            .first<ProxyRecord>();
          // An end of it that has passed may stand, or be gone: both say that it is enabled.
          const until = (record: ProxyRecord | null) => Math.max(record?.disabledUntilMs ?? 0, nowMs);
          expect([row?.uses, row?.successes, row?.failedInRow, until(row)]).toEqual([
            expected.uses,
            expected.successes,
            expected.failedInRow,
            until(expected),
          ]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('of health agree with the health of each proxy, at its borders too', async () => {
    const { id: accountId } = await createAccount();
    const nowMs = 1_000_000;
    const rows = Array.from({ length: 200 }, (_, index) => {
      const uses = index % 21;
      const disabledUntilMs = index % 7 === 0 ? nowMs + (index % 2) : null;
      return { proxy: `p${index}`, uses, successes: Math.round((uses * (index % 11)) / 10), disabledUntilMs };
    });
    await env.DB.prepare(
      `INSERT INTO session_proxies (account_id, proxy, uses, successes, disabled_until, last_used_at)
       SELECT ?1, value ->> 'proxy', value ->> 'uses', value ->> 'successes', value ->> 'disabledUntilMs', 0 FROM json_each(?2)`,
    )
      .bind(accountId, JSON.stringify(rows))
      .run();
    const expected = { healthy: 0, flagged: 0, blacklisted: 0 };
    for (const row of rows) expected[healthOf({ ...row, failedInRow: 0 }, nowMs)] += 1;
    expect(await figures.healthCountsOf(accountId, nowMs)).toEqual(expected);
    expect(Math.min(...Object.values(expected))).toBeGreaterThan(10);
  });

  it('are the same as counting rows, after any mix of registering, ending and deleting', async () => {
    const account = await createAccount();
    const client = clientOf(account.key);
    const before = await figures.activeSessions();
    for (let index = 0; index < 12; index += 1) {
      const fields = { country: ['US', 'us', undefined, 'DE'][index % 4] };
      if (index % 3 === 0) await registered(client, fields);
      else await ended(client, index % 3 === 1, fields, { duration: index / 3 });
    }
    await env.DB.prepare('DELETE FROM sessions WHERE account_id = ?1 AND number % 5 = 0').bind(account.id).run();
    const counted = await env.DB.prepare(
      `SELECT status, COUNT(*) AS sessions, COALESCE(SUM(CAST(ROUND(duration * 1000000) AS INTEGER)), 0) AS durationUs
       FROM sessions WHERE account_id = ?1 GROUP BY status`,
    )
      .bind(account.id)
      .all<{ status: string; sessions: number }>();
    const { statuses } = await figures.figuresOf(account.id);
    expect(statuses).toEqual(counted.results);
    const active = counted.results.find(({ status }) => status === 'active')?.sessions ?? 0;
    expect(await figures.activeSessions()).toBe(before + active);
  });
});

describe('GET /api/health', () => {
  it('answers without a key as the reference has it', async () => {
    const reply = await call('GET', '/api/health');
    expect([reply.status, Object.keys(reply.body)]).toEqual([
      200,
      ['status', 'timestamp', 'active_sessions', 'database_path', 'version', 'auth_enabled', 'rate_limiting'],
    ]);
    expect(reply.body).toMatchObject({
      status: 'healthy',
      active_sessions: expect.any(Number),
      database_path: 'd1:DB',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      auth_enabled: true,
      rate_limiting: false,
    });
  });

  it('says that it is unhealthy when the database is away, and nothing else', async () => {
    const response = await fetchWith(envWith({ DB: away(env.DB) }), '/api/health');
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { status: 'unhealthy', active_sessions: null },
    ]);
  });
});

describe('the limit of the sessions face', () => {
  it('is 100 a minute for an address, exactly, however many ask at once', async () => {
    let nowMs = 1_800_000_000_000;
    const limiter = createRateLimiter({ namespace: env.RATE_WINDOW, clock: { nowMs: () => nowMs }, enabled: true });
    const requestsPerMinute = configOf(env).SESSIONS_REQUESTS_PER_MINUTE;
    const limits = createAddressLimits({ limiter, enabled: true, requestsPerMinute, logger: createLogger() });
    const address = crypto.randomUUID();
    const ask = async (times: number) => {
      const asked = await Promise.allSettled(Array.from({ length: times }, () => limits.enforce(address)));
      return asked.filter(({ status }) => status === 'fulfilled').length;
    };
    expect([await ask(60), await ask(60), await ask(5)]).toEqual([60, 40, 0]);
    // Windows are fixed: the next begins with the minute, not a minute after the first request.
    nowMs += 59_999;
    expect(await ask(1)).toBe(0);
    nowMs += 1;
    expect(await ask(101)).toBe(100);
    await expect(limits.enforce(`${address}-other`)).resolves.toMatchObject({ RateLimit: expect.any(String) });
  });

  it('refuses in the reference’s words, whoever asks, before it looks at a key; health and other faces go on', async () => {
    const { key } = await createAccount();
    const limited = envWith({ RATE_LIMITS: 'on', SESSIONS_REQUESTS_PER_MINUTE: '2' });
    const address = crypto.randomUUID();
    const ask = (path: string, headers: Record<string, string> = { 'x-api-key': key }) =>
      fetchWith(limited, path, { headers: { 'cf-connecting-ip': address, ...headers } });
    const replies = [];
    // Five in two windows at most, two of each.
    for (const headers of [undefined, {}, undefined, undefined, {}]) replies.push(await ask('/api/stats', headers));
    const refused = replies.find(({ status }) => status === 429);
    expect(await refused?.json()).toEqual({ error: 'Rate limit exceeded: 2 per 1 minute' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused?.headers.get('ratelimit-policy')).toBe('"session-requests";q=2;w=60');
    expect(replies[0]?.headers.get('ratelimit')).toMatch(/^"session-requests";r=1;t=\d+$/);
    for (const path of ['/api/health', '/health', '/account']) expect((await ask(path)).status).toBe(200);
  });

  it('stops nobody when its window can’t be reached', async () => {
    const { key } = await createAccount();
    const environment = envWith({ RATE_LIMITS: 'on', RATE_WINDOW: away(env.RATE_WINDOW) });
    const response = await fetchWith(environment, '/api/stats', { headers: { 'x-api-key': key } });
    expect(response.status).toBe(200);
  });
});
