import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { parseConfig } from '../../../src/platform/env.ts';
import { createLogger } from '../../../src/platform/log/logger.ts';
import { createSecretBox } from '../../../src/platform/secrets.ts';
import { createChecksService } from '../../../src/proxy-pool/checks/checks.service.ts';
import { createChecksStore } from '../../../src/proxy-pool/checks/checks.store.ts';
import type { ProbeReport } from '../../../src/proxy-pool/checks/checks.types.ts';
import { createOutcomesStore } from '../../../src/proxy-pool/outcomes/outcomes.store.ts';
import { createBookNewsStore } from '../../../src/proxy-pool/proxies/book-news.store.ts';
import { createDeadProxiesStore } from '../../../src/proxy-pool/proxies/dead-proxies.store.ts';
import { type ListProxiesQuery, listProxiesQuery } from '../../../src/proxy-pool/proxies/proxies.schemas.ts';
import { createProxiesStore } from '../../../src/proxy-pool/proxies/proxies.store.ts';
import { createProxyTotals, RANGE_TOTAL_CACHE_MS } from '../../../src/proxy-pool/proxies/proxy-totals.service.ts';
import { createProxyTotalsStore } from '../../../src/proxy-pool/proxies/proxy-totals.store.ts';
import { createProxyUpsertStore } from '../../../src/proxy-pool/proxies/proxy-upsert.store.ts';
import { createPoolStatsStore } from '../../../src/proxy-pool/stats/stats.store.ts';
import { report } from '../checks/fixtures.ts';

const config = parseConfig(env);
if (!config.ok) throw new Error(config.problems.join());
const database = createDatabase(env.DB);
const proxiesStore = createProxiesStore(database);
const totals = createProxyTotalsStore(database);
const stats = createPoolStatsStore(database);
const upserts = createProxyUpsertStore({ binding: env.DB, secretBox: createSecretBox(config.config.ENCRYPTION_KEY) });
const deadProxies = createDeadProxiesStore(env.DB);

const clock = { ms: 1_900_000_000_000, nowMs: () => clock.ms };
const checks = createChecksService({
  store: createChecksStore({ binding: env.DB }),
  outcomes: createOutcomesStore(env.DB),
  bookNews: createBookNewsStore(database),
  bookOf: () => ({ apply: async () => {} }),
  clock,
  logger: createLogger(),
  checkIntervalMs: 300_000,
  random: () => 0.5,
});

const SOURCES = ['01890000-0000-7000-8000-00000000000a', '01890000-0000-7000-8000-00000000000b'];

/** The figures, counted row by row. */
async function fullCount() {
  const row = await env.DB.prepare(
    `SELECT COUNT(*) AS total, COUNT(score) AS scored, CAST(ROUND(COALESCE(SUM(ROUND(score * 100)), 0)) AS INTEGER) AS scoreHundredths,
      COUNT(CASE WHEN status = 'active' THEN avg_latency_ms END) AS timed,
      CAST(COALESCE(SUM(CASE WHEN status = 'active' THEN ROUND(avg_latency_ms * 1000) END), 0) AS INTEGER) AS latencyUs
    FROM proxies`,
  ).first();
  // With what nobody sums up either: a country that moves within its status shows in no total.
  const groups = await env.DB.prepare(
    `SELECT pool_number, status, protocol, COALESCE(anonymity, '') AS anonymity, COALESCE(country, '') AS country,
      COUNT(*) AS proxies, COUNT(score) AS scored, CAST(ROUND(COALESCE(SUM(ROUND(score * 100)), 0)) AS INTEGER) AS scoreHundredths
    FROM proxies GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
  ).all();
  const brought = await env.DB.prepare(
    `SELECT source_id AS id, COUNT(*) AS discovered, SUM(is_shared) AS shared FROM
      (SELECT source_id, is_shared FROM proxies UNION ALL SELECT source_id, is_shared FROM deleted_here)
    GROUP BY 1 ORDER BY 1`,
  ).all();
  return { ...row, groups: groups.results, brought: brought.results };
}

/** The same, as the counters have it. */
async function counted() {
  const { scored, scoreHundredths, timed, latencyUs } = await stats.sums();
  const groups = await env.DB.prepare(
    `SELECT pool_number, status, protocol, anonymity, country, proxies,
      (SELECT COALESCE(SUM(value), 0) FROM json_each(scores)) AS scored,
      (SELECT COALESCE(SUM(key * value), 0) FROM json_each(scores)) AS scoreHundredths
    FROM proxy_groups WHERE proxies <> 0 ORDER BY 1, 2, 3, 4, 5`,
  ).all<{ proxies: number }>();
  const brought = await env.DB.prepare(
    'SELECT source_id AS id, discovered, shared FROM source_figures WHERE discovered > 0 ORDER BY 1',
  ).all();
  const shown = await stats.groups();
  const total = shown.reduce((sum, { proxies }) => sum + proxies, 0);
  return { total, scored, scoreHundredths, timed, latencyUs, groups: groups.results, brought: brought.results };
}

const filters = fc.record(
  {
    status: fc.constantFrom('unchecked', 'active', 'dead', 'unsupported'),
    protocol: fc.constantFrom('http', 'socks5'),
    anonymity: fc.constantFrom('elite', 'transparent'),
    country: fc.constantFrom('DE', 'US', 'FR'),
    pool: fc.constantFrom('default', 'counted', 'nobody'),
    min_score: fc.constantFrom('0', '0.5', '0.83', '0.97', '1', '0.005'),
  },
  { requiredKeys: [] },
);

const entry = fc.record({
  ip: fc.integer({ min: 1, max: 12 }).map((last) => `127.99.0.${last}`),
  port: fc.constantFrom(80, 81),
  protocol: fc.constantFrom('http' as const, 'socks5' as const),
  country: fc.constantFrom(null, 'DE', 'US'),
  isDialable: fc.boolean().map((odd, index = 0) => odd || index > 0),
});

const found = fc.record({
  outcome: fc.constantFrom<ProbeReport['outcome']>('passed', 'passed', 'failed', 'failed', 'inconclusive'),
  latencyMs: fc.integer({ min: 1, max: 3_000 }),
  anonymity: fc.constantFrom('elite' as const, 'transparent' as const),
  country: fc.constantFrom('DE', 'US', 'FR', null),
});

const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('scrape' as const), by: fc.nat(1), entries: fc.array(entry) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('check' as const),
      findings: fc.array(found, { minLength: 1, maxLength: 8 }),
      twice: fc.boolean(),
      atOnce: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), share: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('by hand' as const), country: fc.constantFrom('DE', 'FR') }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function scrape({ by, entries }: Extract<Step, { kind: 'scrape' }>): Promise<void> {
  const distinct = new Map(entries.map((one) => [`${one.ip}:${one.port}/${one.protocol}`, one]));
  const list = [...distinct.values()].map((one) => ({ ...one, username: null, password: null, tags: {} }));
  if (list.length === 0) return;
  await upserts.upsert(list, {
    sourceId: SOURCES[by] ?? '',
    poolNumber: by === 0 ? 0 : 78,
    nowMs: clock.ms,
    wantsIds: false,
  });
}

async function check({ findings, twice, atOnce }: Extract<Step, { kind: 'check' }>): Promise<void> {
  // Whatever waits, even the dead, is due by now.
  clock.ms += 25 * 60 * 60 * 1000;
  const { results } = await env.DB.prepare(
    "SELECT id, round FROM proxies WHERE status <> 'unsupported' ORDER BY (unicode(substr(id, -1)) * ?1) % 7, id LIMIT 8",
  )
    .bind(findings.length)
    .all<{ id: string; round: number }>();
  const byId = new Map(results.map(({ id }, index) => [id, findings[index % findings.length]]));
  const run = () =>
    checks.runBatch(results, async ({ id }) => {
      const finding = byId.get(id);
      if (!finding) throw new Error('nobody asked for it');
      const base = report(finding.outcome, finding.latencyMs);
      const { anonymity, country } = finding;
      return { ...base, evidence: base.evidence && { ...base.evidence, anonymity, country } };
    });
  if (atOnce) await Promise.all([run(), run()]);
  else await run();
  if (twice) await run();
}

async function play(one: Step): Promise<void> {
  if (one.kind === 'scrape') return scrape(one);
  if (one.kind === 'check') return check(one);
  if (one.kind === 'by hand') {
    await env.DB.prepare('UPDATE proxies SET country = ?1 WHERE id = (SELECT MIN(id) FROM proxies)')
      .bind(one.country)
      .run();
    return;
  }
  const { results } = await env.DB.prepare("SELECT id FROM proxies WHERE status = 'dead' ORDER BY id")
    .bind()
    .all<{ id: string }>();
  const ids = results.filter((_, index) => index % one.share === 0).map(({ id }) => id);
  await env.DB.prepare(
    'INSERT INTO deleted_here SELECT source_id, is_shared FROM proxies WHERE id IN (SELECT value FROM json_each(?1))',
  )
    .bind(JSON.stringify(ids))
    .run();
  expect(await deadProxies.deleteDead(ids, clock.ms + 1, clock.ms)).toBe(ids.length);
}

describe('the counters', () => {
  it('equal a full count after any scrapes, check rounds, repeats and deletions', async () => {
    await env.DB.batch([
      env.DB.prepare("INSERT INTO pools (number, name, created_at) VALUES (78, 'counted', 0)"),
      env.DB.prepare('CREATE TABLE deleted_here (source_id TEXT, is_shared INTEGER)'),
      ...SOURCES.map((id) =>
        env.DB.prepare(
          "INSERT INTO sources (id, url, parser_name, default_protocol, created_at, updated_at) VALUES (?1, ?1, 'plaintext', 'http', 0, 0)",
        ).bind(id),
      ),
    ]);
    let sawDeletion = false;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(filters, { maxLength: 6 }),
        async (steps, queries) => {
          for (const one of steps) await play(one);
          expect(await counted()).toEqual(await fullCount());
          for (const query of queries) {
            const parsed: ListProxiesQuery = listProxiesQuery.parse(query);
            expect([query, await totals.countGroups(parsed)]).toEqual([
              query,
              await proxiesStore.count(parsed, clock.ms),
            ]);
          }
          sawDeletion ||= steps.some(({ kind }) => kind === 'delete');
        },
      ),
      { numRuns: 30 },
    );
    expect(sawDeletion).toBe(true);
    // The states that the counters are about all came up.
    const seen = (await stats.groups()).map(({ status }) => status);
    expect(new Set(seen)).toEqual(new Set(['unchecked', 'active', 'dead', 'unsupported']));
  }, 120_000);
});

describe('a total over ranges, which no counter has', () => {
  it('is counted row by row, and at most ten seconds old', async () => {
    let counts = 0;
    const time = { nowMs: () => clock.ms };
    const store = { count: async () => ++counts };
    const { count } = createProxyTotals({ store, totals, clock: time, cache: new Map() });
    const query = (fields: object) => listProxiesQuery.parse(fields);
    expect(await count(query({ max_latency_ms: '500', limit: '1' }))).toBe(1);
    clock.ms += RANGE_TOTAL_CACHE_MS - 1;
    expect(await count(query({ max_latency_ms: '500', limit: '2', sort: 'latency' }))).toBe(1);
    expect(await count(query({ max_latency_ms: '501' }))).toBe(2);
    clock.ms += 1;
    expect(await count(query({ max_latency_ms: '500' }))).toBe(3);
    expect(await count(query({ min_uptime_pct: '90' }))).toBe(4);
    // What groups answer is not counted so.
    expect(await count(query({ status: 'active', min_score: '0.5' }))).toBe(
      await totals.countGroups({ status: 'active', min_score: 0.5 }),
    );
    expect(counts).toBe(4);
  });
});
