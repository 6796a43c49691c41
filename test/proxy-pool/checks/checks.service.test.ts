import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createLogger } from '../../../src/platform/log/logger.ts';
import type { CheckRequest } from '../../../src/proxy-pool/checks/check-message.types.ts';
import { createChecksService, type RunProbe } from '../../../src/proxy-pool/checks/checks.service.ts';
import { createChecksStore } from '../../../src/proxy-pool/checks/checks.store.ts';
import type { CheckedProxy, ProbeReport } from '../../../src/proxy-pool/checks/checks.types.ts';
import { createLeaseBookClient } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import type { BookProxyRow } from '../../../src/proxy-pool/leases/lease-book.types.ts';
import { createOutcomesStore } from '../../../src/proxy-pool/outcomes/outcomes.store.ts';
import { createBookNewsStore } from '../../../src/proxy-pool/proxies/book-news.store.ts';
import { createAccount } from '../../support/factories.ts';
import { report } from './fixtures.ts';
import { activeProxy, countHistory, insertProxy, listEvents, readProxy } from './rows.ts';

const INTERVAL_MS = 300_000;
/** Each test has a minute of its own, so that it has a sweep of its own. */
let lastNowMs = 1_800_000_000_000;

interface Options {
  batchLimitMs?: number;
  applyFails?: boolean;
}

function setUp({ batchLimitMs = 12_000, applyFails = false }: Options = {}) {
  lastNowMs += 60 * 60 * 1000;
  const clock = { ms: lastNowMs, nowMs: () => clock.ms };
  const told: { poolNumber: number; rows: readonly BookProxyRow[] }[] = [];
  const database = createDatabase(env.DB);
  const service = createChecksService({
    store: createChecksStore({ binding: env.DB }),
    outcomes: createOutcomesStore(env.DB),
    bookNews: createBookNewsStore(database),
    bookOf: (poolNumber) => ({
      async apply(rows) {
        if (applyFails) throw new Error('the book is away');
        told.push({ poolNumber, rows });
      },
    }),
    clock,
    logger: createLogger(),
    checkIntervalMs: INTERVAL_MS,
    random: () => 0.5,
    batchLimitMs,
  });
  return { service, clock, told, nowMs: clock.ms };
}

function requestsFor(rows: readonly CheckedProxy[]): CheckRequest[] {
  return rows.map(({ id, round }) => ({ id, round }));
}

function always(outcome: ProbeReport['outcome'], latencyMs?: number): RunProbe {
  return async () => report(outcome, latencyMs);
}

function many(count: number, changes: Partial<CheckedProxy> = {}): Promise<CheckedProxy[]> {
  return Promise.all(Array.from({ length: count }, () => insertProxy(changes)));
}

describe('what sessions said', () => {
  it('is taken in by the next round that judges, which forgets it, and by no inconclusive one', async () => {
    const { service, nowMs } = setUp();
    const [heard, plain] = await many(2, activeProxy(nowMs - 1_000));
    const { id: accountId } = await createAccount();
    const say = env.DB.prepare(
      'INSERT INTO proxy_outcomes (proxy_id, account_id, successes, failures) VALUES (?, ?, 0, 9)',
    );
    await say.bind(heard?.id, accountId).run();
    const said = async () => (await createOutcomesStore(env.DB).load([heard?.id ?? ''])).size;
    const rows = [heard, plain].flatMap((row) => (row ? [row] : []));
    await service.runBatch(requestsFor(rows), always('inconclusive'));
    expect(await said()).toBe(1);
    await env.DB.prepare('UPDATE proxies SET next_check_at = 0 WHERE id IN (?, ?)').bind(heard?.id, plain?.id).run();
    await service.runBatch(requestsFor(rows.map((row) => ({ ...row, round: row.round + 1 }))), always('passed'));
    expect(await said()).toBe(0);
    const [after, untouched] = [await readProxy(heard?.id ?? ''), await readProxy(plain?.id ?? '')];
    expect([after.uptime, untouched.uptime, after.status, after.leasable]).toEqual([0.99, 1, 'active', 1]);
  });
});

describe('a batch', () => {
  it('makes unchecked proxies active, leasable and known to their book, with their history', async () => {
    const { service, told, nowMs } = setUp();
    const rows = await many(5);
    const summary = await service.runBatch(requestsFor(rows), always('passed'));
    expect(summary).toMatchObject({ passed: 5, failed: 0, unfinished: [] });
    for (const { id } of rows) {
      expect(await readProxy(id)).toMatchObject({
        status: 'active',
        leasable: 1,
        anonymity: 'elite',
        exit_ip: '127.0.10.99',
        country: 'DE',
        round: 1,
        next_check_at: nowMs + INTERVAL_MS,
        last_checked_at: nowMs,
      });
      expect(await countHistory(id)).toBe(1);
    }
    expect(told).toHaveLength(1);
    const revisions = told[0]?.rows.map(({ revision }) => revision) ?? [];
    expect(new Set(revisions).size).toBe(5);
    expect(told[0]?.rows.every(({ leasable }) => leasable)).toBe(true);
  });

  it('reaches the real lease book of its pool', async () => {
    const { clock } = setUp();
    const database = createDatabase(env.DB);
    await env.DB.prepare("INSERT INTO pools (number, name, created_at) VALUES (77, 'checks-test', 0)").run();
    const service = createChecksService({
      store: createChecksStore({ binding: env.DB }),
      outcomes: createOutcomesStore(env.DB),
      bookNews: createBookNewsStore(database),
      bookOf: (poolNumber) => createLeaseBookClient(env.LEASE_BOOK, poolNumber),
      clock,
      logger: createLogger(),
      checkIntervalMs: INTERVAL_MS,
    });
    const rows = await many(3, { poolNumber: 77 });
    await service.runBatch(requestsFor(rows), always('passed'));
    expect(await createLeaseBookClient(env.LEASE_BOOK, 77).stats()).toMatchObject({ leasable: 3, free: 3 });
  });

  it('handled twice changes nothing the second time, but tells the books again', async () => {
    const { service, told } = setUp();
    const rows = await many(3);
    let probes = 0;
    const probe: RunProbe = async () => {
      probes += 1;
      return report('passed');
    };
    await service.runBatch(requestsFor(rows), probe);
    const before = await Promise.all(rows.map(({ id }) => readProxy(id)));
    const summary = await service.runBatch(requestsFor(rows), probe);
    expect(summary).toMatchObject({ passed: 0, rowsWritten: 0 });
    expect(await Promise.all(rows.map(({ id }) => readProxy(id)))).toEqual(before);
    expect([probes, told.length]).toEqual([3, 2]);
  });

  it('two copies that run at the same time count once: one history row, one event, one round', async () => {
    const { service, nowMs } = setUp();
    const row = await insertProxy({ ...activeProxy(nowMs - 60_000), leasable: false, failedRounds: 2 });
    await Promise.all([1, 2].map(() => service.runBatch(requestsFor([row]), always('failed'))));
    expect(await readProxy(row.id)).toMatchObject({ status: 'dead', round: 2, failed_rounds: 3, score: null });
    expect(await countHistory(row.id)).toBe(1);
    expect(await listEvents('proxy.died', row.id)).toHaveLength(1);
  });

  it('ignores a round that is over, one that has not come, one that is not due, and ids that are nobody', async () => {
    const { service, nowMs } = setUp();
    const over = await insertProxy({ round: 4 });
    const early = await insertProxy({ nextCheckAtMs: nowMs + 10 * 60_000 });
    const unsupported = await insertProxy({ status: 'unsupported', nextCheckAtMs: null });
    const requests = [
      { id: over.id, round: 3 },
      { id: over.id, round: 5 },
      ...requestsFor([early, unsupported]),
      { id: crypto.randomUUID(), round: 0 },
    ];
    const probe: RunProbe = async () => {
      throw new Error('nobody should be probed');
    };
    expect(await service.runBatch(requests, probe)).toMatchObject({ passed: 0, failed: 0, unfinished: [] });
  });

  it('writes what is done when the time is up, and names the rest', async () => {
    const { service } = setUp({ batchLimitMs: 50 });
    const [quick, hanging, broken] = await many(3);
    if (!quick || !hanging || !broken) throw new Error('no rows');
    const probe: RunProbe = ({ id }) => {
      if (id === hanging.id) return new Promise(() => {});
      return id === broken.id ? Promise.reject(new Error('probe lost')) : Promise.resolve(report('passed'));
    };
    const summary = await service.runBatch(requestsFor([quick, hanging, broken]), probe);
    expect(summary.passed).toBe(1);
    expect(new Set(summary.unfinished.map(({ id }) => id))).toEqual(new Set([hanging.id, broken.id]));
    expect(await readProxy(hanging.id)).toMatchObject({ round: 0, status: 'unchecked' });
  });

  it('fails when a book can not be told; the same message then tells it, though the rows are written', async () => {
    const row = await insertProxy();
    const failing = setUp({ applyFails: true });
    await expect(failing.service.runBatch(requestsFor([row]), always('passed'))).rejects.toThrow('the book is away');
    const { service, told } = setUp();
    await service.runBatch(requestsFor([row]), always('passed'));
    expect(told.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual([row.id]);
  });
});

/** What a batch writes once, however many checks it has: averages, the revision, and the groups that gained or lost. */
const ROWS_OF_A_BATCH = 6;

describe('rows written', () => {
  it('two a check while only times and averages move, and one a batch for the averages', async () => {
    const { service, nowMs } = setUp();
    const rows = await many(25, activeProxy(nowMs - 60_000));
    const { rowsWritten } = await service.runBatch(requestsFor(rows), always('passed', 101));
    expect(rowsWritten).toBeLessThanOrEqual(2 * 25 + 1);
  });

  it('two for a dead proxy that is still dead, which has no further history', async () => {
    const { service, nowMs } = setUp();
    const rows = await many(25, { status: 'dead', round: 5, failedRounds: 5, diedAtMs: nowMs - 60_000 });
    const { rowsWritten } = await service.runBatch(requestsFor(rows), always('failed'));
    expect(rowsWritten).toBeLessThanOrEqual(2 * 25 + 1);
    expect(await countHistory(rows[0]?.id ?? '')).toBe(0);
  });

  it.each([
    ['an unchecked one becomes active', {}, 'passed'],
    ['an active one fails its first round', 'active', 'failed'],
    ['an active one has another score', { score: 0.5 }, 'passed'],
    ['a failing one dies', { leasable: false, failedRounds: 2 }, 'failed'],
    ['a failing one passes again', { leasable: false, failedRounds: 1 }, 'passed'],
    ['a dead one lives again', { status: 'dead', leasable: false, score: null, diedAtMs: 1 }, 'passed'],
    ['an unchecked one fails', {}, 'failed'],
  ] as const)('six when %s, and few a batch', async (name, state, outcome) => {
    const { service, nowMs } = setUp();
    const isNew = name.startsWith('an unchecked');
    // Fewer than make a mass failure.
    const rows = await many(15, isNew ? {} : { ...activeProxy(nowMs - 60_000), ...(state === 'active' ? {} : state) });
    const { rowsWritten } = await service.runBatch(requestsFor(rows), always(outcome));
    expect(rowsWritten).toBeGreaterThan(0);
    expect(rowsWritten).toBeLessThanOrEqual(6 * 15 + ROWS_OF_A_BATCH);
  });
});

describe('a mass failure', () => {
  it('counts for nothing, keeps all leasable, is to be done again, and raises one event', async () => {
    const { service, nowMs } = setUp();
    const rows = await many(25, activeProxy(nowMs - 60_000));
    const before = await Promise.all(rows.map(({ id }) => readProxy(id)));
    const events = (await listEvents('sweep.suspect')).length;
    for (const _twice of [1, 2]) {
      const summary = await service.runBatch(requestsFor(rows), always('failed'));
      expect(summary).toMatchObject({ failed: 0, suspect: 25 });
      expect(summary.unfinished).toHaveLength(25);
    }
    expect(await Promise.all(rows.map(({ id }) => readProxy(id)))).toEqual(before);
    expect(await listEvents('sweep.suspect')).toHaveLength(events + 1);
    // When it is over they pass as if nothing had been.
    expect(await service.runBatch(requestsFor(rows), always('passed'))).toMatchObject({ passed: 25 });
  });

  it('is seen over several small batches of one sweep', async () => {
    const { service, nowMs } = setUp();
    const rows = await many(25, activeProxy(nowMs - 60_000));
    const suspects: number[] = [];
    for (let start = 0; start < rows.length; start += 5) {
      const { suspect } = await service.runBatch(requestsFor(rows.slice(start, start + 5)), always('failed'));
      suspects.push(suspect);
    }
    expect(suspects).toEqual([0, 0, 0, 5, 5]);
  });

  it('is none while others of the sweep pass, or when only what was never good fails', async () => {
    const { service, nowMs } = setUp();
    const good = await many(25, activeProxy(nowMs - 60_000));
    await service.runBatch(requestsFor(good), always('passed'));
    const failing = await many(5, activeProxy(nowMs - 60_000));
    const fresh = await many(25);
    expect(await service.runBatch(requestsFor(failing), always('failed'))).toMatchObject({ failed: 5, suspect: 0 });
    expect(await service.runBatch(requestsFor(fresh), always('failed'))).toMatchObject({ failed: 25, suspect: 0 });
  });
});

/** What a proxy is in the end, without what depends on when and in which order it came to be. */
async function finalState(ids: readonly string[]) {
  const rows = await Promise.all(ids.map(readProxy));
  const kept = ['status', 'leasable', 'round', 'failed_rounds', 'uptime', 'score', 'avg_latency_ms', 'anonymity'];
  const history = await Promise.all(ids.map(countHistory));
  return rows.map((row, index) => [...kept.map((column) => row[column]), history[index]]);
}

describe('messages that come twice and shuffled', () => {
  it('lead to the state of messages that come once and in order, in 200 ways', async () => {
    const PROXIES = 3;
    const ROUNDS = 4;
    const outcome = fc.constantFrom<ProbeReport['outcome']>('passed', 'failed', 'inconclusive');
    const script = fc.array(fc.array(outcome, { minLength: ROUNDS, maxLength: ROUNDS }), {
      minLength: PROXIES,
      maxLength: PROXIES,
    });

    async function play(outcomes: ProbeReport['outcome'][][], order: (round: number) => number[][]) {
      const { service, clock } = setUp();
      const rows = await many(PROXIES);
      const ids = rows.map(({ id }) => id);
      for (let round = 0; round < ROUNDS; round += 1) {
        // Every round is due by now: the longest wait is a day.
        clock.ms += 25 * 60 * 60 * 1000;
        const probe: RunProbe = async ({ id }) => report(outcomes[ids.indexOf(id)]?.[round] ?? 'failed');
        for (const message of order(round)) {
          const requests = message.map((index) => ({
            id: ids[index % PROXIES] ?? '',
            round: Math.floor(index / PROXIES),
          }));
          await service.runBatch(requests, probe);
        }
      }
      return finalState(ids);
    }

    const disorder = fc.infiniteStream(fc.nat());
    await fc.assert(
      fc.asyncProperty(script, disorder, async (outcomes, random) => {
        const inOrder = await play(outcomes, (round) => [[0, 1, 2].map((proxy) => proxy + round * PROXIES)]);
        const next = (limit: number) => Number(random.next().value) % limit;
        const shuffled = await play(outcomes, (round) => {
          const current = [0, 1, 2, 0, 1, 2].map((proxy) => [proxy + round * PROXIES]);
          // Late copies of earlier rounds, and early ones of rounds to come.
          const stray = [0, 1]
            .map(() => [next(PROXIES * ROUNDS)])
            .filter(([index = 0]) => index < (round + 1) * PROXIES);
          const all = [...current, ...stray];
          return all
            .map((message) => ({ message, place: next(1_000) }))
            .sort((left, right) => left.place - right.place)
            .map(({ message }) => message);
        });
        expect(shuffled).toEqual(inOrder);
      }),
      { numRuns: 200 },
    );
    // Some 3,000 batches on a real database: minutes on a machine that does other things too.
  }, 300_000);
});
