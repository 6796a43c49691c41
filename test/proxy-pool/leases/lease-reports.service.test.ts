import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import type { Caller } from '../../../src/accounts/actor.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createRateLimiter } from '../../../src/platform/rate-limit/rate-window.client.ts';
import { createLeaseReportsService, REPORT_LIMIT } from '../../../src/proxy-pool/leases/lease-reports.service.ts';
import { createLeaseReportsStore } from '../../../src/proxy-pool/leases/lease-reports.store.ts';
import type { RecheckFinding } from '../../../src/proxy-pool/leases/leases.schemas.ts';
import { acquired, acquireRequest, freshAccount, freshBook, movableClock, proxyRow, setBookClock } from './support.ts';

const database = createDatabase(env.DB);
const store = createLeaseReportsStore(database);

/** A lease of a real book, and reports of it whose re-checks find what the test says, in order. */
async function leased(findings: RecheckFinding[] = [], { isLimited = false } = {}) {
  const book = freshBook();
  const clock = movableClock();
  const { accountId, ledger } = await freshAccount(50);
  const row = proxyRow();
  await book.client.apply([row]);
  await setBookClock(book, clock);
  const { lease } = await acquired(book.client.acquire(acquireRequest(accountId)));
  const pauses: number[] = [];
  const checked: string[] = [];
  const service = createLeaseReportsService({
    bookOfLease: async () => book.client,
    ledgerOf: () => ledger,
    store,
    database,
    rateLimiter: createRateLimiter({ namespace: env.RATE_WINDOW, clock: systemClock, enabled: isLimited }),
    clock: systemClock,
    checkNow: async (proxyId) => {
      checked.push(proxyId);
      return findings.shift() ?? 'inconclusive';
    },
    wait: async (durationMs) => void pauses.push(durationMs),
  });
  const caller: Caller = { kind: 'builtin_admin', accountId, role: 'admin' };
  const report = (outcome: 'ok' | 'dead' | 'blocked', more: object = {}, key?: string, requestHash = outcome) =>
    service.report(caller, lease.leaseId, { outcome, ...more }, key === undefined ? null : { key, requestHash });
  return { report, clock, row, pauses, checked, ledger, book, accountId, leaseId: lease.leaseId };
}

test('a proxy that fails two of our checks, seconds apart, is refunded', async () => {
  const { report, row, pauses, checked } = await leased(['failed', 'failed']);
  const { body, replayed } = await report('dead');
  expect([body, replayed]).toEqual([
    {
      lease_id: expect.any(String),
      outcome: 'dead',
      refunded: true,
      credits_remaining: 50,
      recheck: 'failed',
      detail: expect.stringContaining('its credit came back'),
    },
    false,
  ]);
  expect([checked, pauses]).toEqual([[row.id, row.id], [3_000]]);
  // Again: the same answer, and nobody is checked for it.
  expect((await report('dead')).body).toEqual(body);
  expect(checked).toHaveLength(2);
  await expect(report('ok')).rejects.toMatchObject({ code: 'LEASE_NOT_ACTIVE' });
});

test.each([
  ['is alive', ['passed'], 'passed', 1],
  ['is alive at the second look', ['failed', 'passed'], 'passed', 2],
  ['can not be judged', ['failed', 'inconclusive'], 'inconclusive', 2],
] as const)('a proxy that %s is not refunded and its lease goes on', async (_name, findings, recheck, checks) => {
  const { report, checked, book, accountId } = await leased([...findings]);
  const { body } = await report('dead');
  expect(body).toMatchObject({ refunded: false, credits_remaining: 49, recheck });
  expect(checked).toHaveLength(checks);
  expect(await book.client.leases(accountId)).toMatchObject({ items: [{}] });
});

test('what is reported after 60 seconds is checked once, and not refunded', async () => {
  const { report, clock, checked, book, accountId } = await leased(['failed', 'failed']);
  clock.advance(60_001);
  const { body } = await report('dead');
  expect(body).toMatchObject({ refunded: false, recheck: 'failed', detail: expect.stringContaining('60 seconds') });
  expect(checked).toHaveLength(1);
  expect(await book.client.leases(accountId)).toMatchObject({ items: [{}] });
});

test('what works, or is blocked, is noted once a lease; a target is told to its teller alone', async () => {
  const { report, row, checked, accountId } = await leased();
  const target = 'https://shop.example/';
  for (const _time of [1, 2]) {
    expect((await report('blocked', { target })).body).toMatchObject({ refunded: false, recheck: null });
  }
  await report('ok');
  expect(checked).toEqual([]);
  expect(await store.totals(row.id)).toEqual({ ok: 1, dead: 0, blocked: 1 });
  const own = await store.own(row.id, accountId, 20);
  expect(own.find(({ outcome }) => outcome === 'blocked')).toMatchObject({ target });
  expect(await store.own(row.id, crypto.randomUUID(), 20)).toEqual([]);
});

test('a retry with its key has the first answer, and no other check; another body is refused', async () => {
  const { report, checked } = await leased(['passed', 'failed', 'failed']);
  const first = await report('dead', {}, 'key-1');
  expect(await report('dead', {}, 'key-1')).toEqual({ ...first, replayed: true });
  expect(checked).toHaveLength(1);
  await expect(report('ok', {}, 'key-1')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  // Without it the same words are a new report: the proxy may have died since.
  expect((await report('dead')).body).toMatchObject({ refunded: true });
});

test('an account has so many checks a minute', async () => {
  const { report, checked } = await leased(
    Array.from({ length: REPORT_LIMIT.maxHits + 1 }, () => 'passed'),
    { isLimited: true },
  );
  for (let number = 0; number < REPORT_LIMIT.maxHits; number += 1) await report('dead');
  await expect(report('dead')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await report('ok');
  expect(checked).toHaveLength(REPORT_LIMIT.maxHits);
});

/** Where a report dies: at which of its calls, in order, and whether that call still does its work. */
interface Death {
  call: number;
  moment: 'before' | 'after';
}

/** Reports a lease of a real book and account, every call of the service going through a door that may kill it. */
async function mortal() {
  const { book, ledger, row, accountId, leaseId } = await leased();
  let death: Death | null = null;
  let calls: string[] = [];
  async function through<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    calls.push(name);
    const dies = calls.length === death?.call;
    if (dies && death?.moment === 'before') throw new Error('the Worker died');
    const result = await work();
    if (dies) throw new Error('the Worker died');
    return result;
  }
  const guarded: typeof database = Object.create(database, {
    batch: {
      value: (...batch: Parameters<typeof database.batch>) => through('write', () => database.batch(...batch)),
    },
  });
  const service = createLeaseReportsService({
    bookOfLease: async () => ({
      report: (request) => through(request.confirmed ? 'end' : 'ask', () => book.client.report(request)),
    }),
    ledgerOf: () => ({ summary: () => through('balance', () => ledger.summary()) }),
    store,
    database: guarded,
    rateLimiter: { enforce: () => through('limit', async () => null) },
    clock: systemClock,
    checkNow: () => through('check', async () => 'failed' as const),
    wait: () => through('pause', async () => {}),
  });
  const caller: Caller = { kind: 'builtin_admin', accountId, role: 'admin' };
  return {
    ledger,
    row,
    async report(planned: Death | null, key: string | null) {
      death = planned;
      calls = [];
      const idempotency = key === null ? null : { key, requestHash: 'dead' };
      const answer = service.report(caller, leaseId, { outcome: 'dead' }, idempotency);
      const body = await answer.then(
        (one) => one.body,
        () => null,
      );
      return { body, calls };
    },
  };
}

test.each([null, 'key-1'])(
  'a report that dies at any of its calls is refunded once when it comes again, key %s',
  async (key) => {
    const { calls } = await (await mortal()).report(null, key);
    expect(calls).toEqual(['ask', 'limit', 'check', 'pause', 'check', 'end', 'write']);
    const deaths = calls.flatMap((_, index) =>
      (['before', 'after'] as const).map((moment): Death => ({ call: index + 1, moment })),
    );
    for (const death of deaths) {
      const { report, ledger, row } = await mortal();
      const first = await report(death, key);
      // One that wrote its answer down may find it again under its key; no other has an answer.
      if (key === null || first.calls.length < calls.length || death.moment === 'before') {
        expect([death, first.body]).toEqual([death, null]);
      }
      const answer = { refunded: true, recheck: 'failed', credits_remaining: 50 };
      for (const _again of [1, 2]) expect([death, (await report(null, key)).body]).toMatchObject([death, answer]);
      const { items } = await ledger.transactions({ limit: 10 });
      expect([death, items.map(({ type }) => type)]).toEqual([death, ['refund', 'acquire', 'purchase']]);
      expect([death, await store.totals(row.id)]).toEqual([death, { ok: 0, dead: 1, blocked: 0 }]);
    }
  },
);
