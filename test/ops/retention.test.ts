import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/config.ts';
import { MAX_DEAD_DELETED, MAX_ROUNDS_KEPT } from '../../src/ops/retention/retention.service.ts';
import { createLeaseBookClient } from '../../src/proxy-pool/leases/lease-book.client.ts';
import { createDeadProxiesStore } from '../../src/proxy-pool/proxies/dead-proxies.store.ts';
import { schedules } from '../../src/schedules.ts';
import { createServices } from '../../src/services.ts';
import { countHistory, insertProxy } from '../proxy-pool/checks/rows.ts';

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
