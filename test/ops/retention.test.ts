import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/config.ts';
import { REQUEST_LOG_SHARDS } from '../../src/ops/requests/request-id.model.ts';
import { MAX_DEAD_DELETED, MAX_ROUNDS_KEPT } from '../../src/ops/retention/retention.service.ts';
import { createLeaseBookClient } from '../../src/proxy-pool/leases/lease-book.client.ts';
import { createDeadProxiesStore } from '../../src/proxy-pool/proxies/dead-proxies.store.ts';
import { schedules } from '../../src/schedules.ts';
import { createServices } from '../../src/services.ts';
import { MAX_EVENTS_PER_RUN } from '../../src/sessions/old-sessions.service.ts';
import { countHistory, insertProxy } from '../proxy-pool/checks/rows.ts';
import { clientOf, ended, registered } from '../sessions/support.ts';
import { openEvents } from '../support/event-reader.ts';
import { createAccount } from '../support/factories.ts';
import { call } from '../support/harness.ts';
import { logRequests, proxiedRequest } from './requests/support.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW_MS = Date.now();
const services = createServices(env, configOf(env), () => {});

/** One run of the job that cron has. */
async function run(nowMs = NOW_MS): Promise<string | null> {
  const job = schedules['* * * * *']?.find(({ name }) => name === 'retention');
  if (!job) throw new Error('cron has no retention');
  return job.run(services, nowMs);
}

async function exists(id: string): Promise<boolean> {
  return (await env.DB.prepare('SELECT 1 FROM proxies WHERE id = ?').bind(id).first()) !== null;
}

function dead(daysAgo: number) {
  return { status: 'dead', round: 4, failedRounds: 4, diedAtMs: NOW_MS - daysAgo * DAY_MS } as const;
}

async function insertRounds(proxyId: string, rounds: readonly [round: number, daysAgo: number][]): Promise<void> {
  const insert = env.DB.prepare(
    "INSERT INTO proxy_checks (proxy_id, round, created_at, results) VALUES (?, ?, ?, '[]')",
  );
  await env.DB.batch(rounds.map(([round, daysAgo]) => insert.bind(proxyId, round, NOW_MS - daysAgo * DAY_MS)));
}

describe('retention', () => {
  it('deletes what was dead for seven days, with its history, and nothing else; a second run finds nothing', async () => {
    const over = await insertProxy(dead(7.01));
    const notYet = await insertProxy(dead(6.99));
    const alive = await insertProxy({ status: 'active', score: 0.5, diedAtMs: null });
    await insertRounds(over.id, [
      [1, 8],
      [2, 8],
    ]);
    await insertRounds(notYet.id, [[1, 8]]);
    expect(await run()).toBe('deleted 1 dead proxies');
    expect(await Promise.all([over, notYet, alive].map(({ id }) => exists(id)))).toEqual([false, true, true]);
    expect(await Promise.all([over, notYet].map(({ id }) => countHistory(id)))).toEqual([0, 1]);
    expect(await run()).toBeNull();
  });

  it('spares one that came back to life between the look and the deletion', async () => {
    const { id } = await insertProxy({ status: 'active', leasable: true, score: 0.5, revision: 1 });
    expect(await createDeadProxiesStore(env.DB).deleteDead([id], NOW_MS, NOW_MS)).toBe(0);
    expect(await exists(id)).toBe(true);
  });

  it('leaves no book with a proxy that is gone, not even one that heard nothing for a week', async () => {
    await env.DB.prepare("INSERT INTO pools (number, name, created_at) VALUES (79, 'retention', 0)").run();
    const book = createLeaseBookClient(env.LEASE_BOOK, 79);
    const { results } = await env.DB.prepare(
      "UPDATE sequences SET value = value + 2 WHERE name = 'proxy_revision' RETURNING value",
    ).all<{ value: number }>();
    const revision = results[0]?.value ?? 0;
    const { status: _status, ...row } = await insertProxy({ ...dead(8), poolNumber: 79, revision });
    // The book knows it as leasable: the news of its death never came.
    await book.apply([{ ...row, score: 0.5, latencyMs: 100, leasable: true, revision: revision - 1 }]);
    expect(await book.stats()).toMatchObject({ leasable: 1 });
    expect(await run()).toBe('deleted 1 dead proxies');
    const sync = schedules['* * * * *']?.find(({ name }) => name === 'sync lease books');
    await sync?.run(services, NOW_MS);
    expect(await book.stats()).toMatchObject({ leasable: 0, free: 0 });
    // And a book that starts anew never hears of it as leasable.
    const changes = await services.bookNews.changesSince(79, 0, 100);
    expect(changes.map(({ id, leasable }) => [id, leasable])).toEqual([[row.id, false]]);
  });

  it('does a bounded part in each run, and all of it in several', async () => {
    const doomed = await Promise.all(Array.from({ length: MAX_DEAD_DELETED + 20 }, () => insertProxy(dead(9))));
    expect(await run()).toBe(`deleted ${MAX_DEAD_DELETED} dead proxies`);
    expect(await run()).toBe('deleted 20 dead proxies');
    expect((await Promise.all(doomed.map(({ id }) => exists(id)))).some(Boolean)).toBe(false);
  });

  it('deletes check rounds after 30 days, and beyond the newest of a proxy', async () => {
    const old = await insertProxy({ round: 10 });
    await insertRounds(old.id, [
      [3, 31],
      [4, 30.1],
      [5, 29.9],
      [9, 0],
    ]);
    const many = await insertProxy({ round: MAX_ROUNDS_KEPT + 5 });
    await insertRounds(many.id, [
      [2, 1],
      [4, 1],
      [5, 1],
      [MAX_ROUNDS_KEPT + 4, 0],
    ]);
    expect(await run()).toBe('deleted 4 check rounds');
    expect(await Promise.all([old, many].map(({ id }) => countHistory(id)))).toEqual([2, 2]);
    expect(await run()).toBeNull();
  });

  it('forgets expired answers, used invites and old sweeps, and keeps the others', async () => {
    const answer = env.DB.prepare(
      "INSERT INTO idempotent_answers (account_id, idempotency_key, request_hash, status, body, expires_at) VALUES ('a', ?, '', 201, '{}', ?)",
    );
    const invite = env.DB.prepare(
      'INSERT INTO invites (code_hash, created_by, created_at, used_by, used_at) VALUES (?, ?, 0, ?, ?)',
    );
    const sweep = env.DB.prepare('INSERT INTO sweeps (started_at, failed) VALUES (?, 1)');
    await env.DB.batch([
      answer.bind('over', NOW_MS - 1),
      answer.bind('kept', NOW_MS + 1),
      invite.bind('used long ago', 'a', 'b', NOW_MS - 31 * DAY_MS),
      invite.bind('used', 'a', 'b', NOW_MS - 1),
      invite.bind('unused', 'a', null, null),
      sweep.bind(NOW_MS - 2 * DAY_MS),
      sweep.bind(NOW_MS),
    ]);
    expect(await run()).toBe('deleted 1 idempotent answers, 1 used invites');
    const left = await env.DB.batch<{ name: string | number }>([
      env.DB.prepare('SELECT idempotency_key AS name FROM idempotent_answers'),
      env.DB.prepare('SELECT code_hash AS name FROM invites ORDER BY 1'),
      env.DB.prepare('SELECT started_at AS name FROM sweeps'),
    ]);
    expect(left.map(({ results }) => results.map(({ name }) => name))).toEqual([
      ['kept'],
      ['unused', 'used'],
      [NOW_MS],
    ]);
  });
});

describe('retention of sessions', () => {
  it('deletes those over for 90 days with their events, and unended ones of a year; the counters stay exact', async () => {
    const account = await createAccount();
    const client = clientOf(account.key);
    const ids = {
      over: await ended(client, true, { proxy: '203.0.113.1:1', country: 'DE' }),
      failed: await ended(client, false, { proxy: '203.0.113.1:1' }),
      recent: await ended(client, true, { proxy: '203.0.113.2:2' }),
      abandoned: await registered(client),
      running: await registered(client),
    };
    const log = (id: string, count: number) =>
      client.post('/api/events/batch', {
        events: Array.from({ length: count }, (_, index) => ({
          session_id: id,
          event_type: index % 2 ? 'click' : 'scroll',
        })),
      });
    for (const [id, count] of [
      [ids.over, 5],
      [ids.recent, 3],
      [ids.running, 2],
    ] as const)
      expect((await log(id, count)).status).toBe(200);
    const age = (id: string, startedDaysAgo: number, endedDaysAgo: number | null) =>
      env.DB.prepare('UPDATE sessions SET started_at = ?, ended_at = ? WHERE session_id = ?')
        .bind(NOW_MS - startedDaysAgo * DAY_MS, endedDaysAgo === null ? null : NOW_MS - endedDaysAgo * DAY_MS, id)
        .run();
    await age(ids.over, 91, 90.1);
    await age(ids.failed, 92, 90.1);
    await age(ids.recent, 95, 89.9);
    await age(ids.abandoned, 366, null);
    await age(ids.running, 364, null);
    await env.DB.prepare("UPDATE session_proxies SET last_used_at = ? WHERE proxy = '203.0.113.1:1'")
      .bind(NOW_MS - 91 * DAY_MS)
      .run();

    expect(await run()).toBe('deleted 3 sessions, 5 session events, 1 proxies of sessions');
    expect(await run()).toBeNull();

    const sessions = await client.get<{ sessions: { id: string }[]; total: number }>('/api/sessions');
    expect(sessions.body.sessions.map(({ id }) => id).sort()).toEqual([ids.recent, ids.running].sort());
    expect(sessions.body.total).toBe(2);
    const events = await client.get<{ events: { session_id: string }[]; total: number }>('/api/events');
    expect([events.body.total, events.body.events.length]).toEqual([5, 5]);
    expect((await client.get<{ total: number }>('/api/events?event_type=click')).body.total).toBe(2);
    expect((await client.get('/api/stats')).body).toMatchObject({
      total_sessions: 2,
      active_sessions: 1,
      successful_sessions: 1,
      failed_sessions: 0,
      total_events: 5,
      success_rate: 100,
      average_duration: 15,
      proxy_stats: [{ url: '203.0.113.2:2' }],
    });
    expect((await client.get(`/api/sessions/${ids.over}`)).status).toBe(404);
    // Its name may be used again.
    expect(await registered(client, { session_id: ids.over })).toBe(ids.over);
  });

  it('does a bounded part in each run: a session goes with its last events, and counts what it has until then', async () => {
    const client = clientOf((await createAccount()).key);
    const id = await ended(client, true);
    const events = Array.from({ length: 500 }, () => ({ session_id: id, event_type: 'scroll' }));
    const batches = MAX_EVENTS_PER_RUN / 500 + 1;
    for (let batch = 0; batch < batches; batch += 1) await client.post('/api/events/batch', { events });
    await env.DB.prepare('UPDATE sessions SET started_at = 0, ended_at = 1 WHERE session_id = ?').bind(id).run();
    expect(await run()).toBe(`deleted ${MAX_EVENTS_PER_RUN} session events`);
    const left = await client.get<{ event_count: number }>(`/api/sessions/${id}`);
    expect(left.body.event_count).toBe(500);
    expect((await client.get<{ total: number }>(`/api/events?session_id=${id}`)).body.total).toBe(500);
    expect(await run()).toBe('deleted 1 sessions, 500 session events');
    expect((await client.get('/api/stats')).body).toMatchObject({ total_sessions: 0, total_events: 0 });
  });
});

describe('retention of proxied requests', () => {
  it('deletes those of 30 days ago, in every shard within some minutes, and a reader who was there before hears of it', async () => {
    const owner = await createAccount();
    const stream = await openEvents('/api/v1/proxy/requests/stream', owner.key);
    const connected = await stream.next();
    await stream.close();
    await logRequests([
      proxiedRequest(owner.id, { url: '/old', startedAtMs: NOW_MS - 30.1 * DAY_MS }),
      proxiedRequest(owner.id, { url: '/older', startedAtMs: NOW_MS - 40 * DAY_MS }),
      proxiedRequest(owner.id, { url: '/new', startedAtMs: NOW_MS - 29.9 * DAY_MS }),
    ]);
    const said: (string | null)[] = [];
    for (let minute = 0; minute < REQUEST_LOG_SHARDS; minute += 1) said.push(await run(NOW_MS + minute * 60_000));
    expect(said.filter((line) => line?.includes('requests'))).toEqual([
      expect.stringMatching(/\b2 proxied requests\b/),
    ]);
    const { body } = await call<{ requests: { url: string }[]; total_count: number }>('GET', '/api/v1/proxy/requests', {
      key: owner.key,
    });
    expect([body.total_count, body.requests.map(({ url }) => url)]).toEqual([1, ['/new']]);
    const late = await openEvents('/api/v1/proxy/requests/stream', owner.key, connected?.id ?? '');
    expect((await late.take(3)).map(({ event }) => event)).toEqual(['connected', 'lagged', 'message']);
    await late.close();
    for (let minute = 0; minute < REQUEST_LOG_SHARDS; minute += 1) await run(NOW_MS + 31 * DAY_MS + minute * 60_000);
    // All are gone; ids go on counting.
    await logRequests([proxiedRequest(owner.id, { url: '/after' })]);
    const after = await call<{ requests: { id: string; url: string }[] }>('GET', '/api/v1/proxy/requests', {
      key: owner.key,
    });
    expect(after.body.requests.map(({ url }) => url)).toEqual(['/after']);
    const one = await call('GET', `/api/v1/proxy/requests/${after.body.requests[0]?.id}`, { key: owner.key });
    expect(one.body).toMatchObject({ url: '/after' });
  });
});
