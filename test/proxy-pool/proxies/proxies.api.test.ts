import { describe, expect, it } from 'vitest';
import type { ProxyCheckView, ProxyView } from '../../../src/proxy-pool/proxies/proxies.schemas.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';
import { insertProxies, insertRound, makePool } from './rows.ts';

interface Page {
  items: ProxyView[];
  next_cursor: string | null;
  total_count: number;
}

const key = adminKey;
const missingId = '01890000-0000-7000-8000-000000000000';

commonRouteTests({ method: 'GET', path: '/proxies', scope: 'read' });
commonRouteTests({ method: 'GET', path: `/proxies/${missingId}`, scope: 'read' });

async function list(query: Record<string, string | number>): Promise<Page> {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  const reply = await call<Page>('GET', `/proxies?${text}`, { key });
  expect([text, reply.status]).toEqual([text, 200]);
  return reply.body;
}

const idsIn = (page: Page) => new Set(page.items.map(({ id }) => id));

/** The ids of all pages, each page asked with the cursor of the one before. */
async function walk(query: Record<string, string | number>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await list(cursor === '' ? query : { ...query, cursor });
    expect(page.items.length).toBeGreaterThan(0);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
    expect(ids.length).toBeLessThanOrEqual(page.total_count);
  }
  return ids;
}

describe('filters of the list of proxies', () => {
  it('by what a proxy is each find exactly theirs, alone and together, and count them', async () => {
    const pool = await makePool();
    const active = { poolNumber: pool.number, status: 'active' as const, leasable: true, score: 0.5 };
    const [elite, german, dead, unsupported] = await insertProxies([
      { ...active, protocol: 'http', anonymity: 'elite', country: 'US' },
      { ...active, protocol: 'socks5', anonymity: 'anonymous', country: 'DE' },
      { poolNumber: pool.number, status: 'dead', protocol: 'http', country: 'DE' },
      { poolNumber: pool.number, status: 'unsupported', protocol: 'socks4' },
    ]);
    const cases: [Record<string, string>, (string | undefined)[]][] = [
      [{}, [elite, german, dead, unsupported]],
      [{ status: 'active' }, [elite, german]],
      [{ status: 'dead' }, [dead]],
      [{ status: 'unchecked' }, []],
      [{ status: 'unsupported' }, [unsupported]],
      [{ protocol: 'http' }, [elite, dead]],
      [{ protocol: 'https' }, []],
      [{ anonymity: 'elite' }, [elite]],
      [{ country: 'DE' }, [german, dead]],
      [{ country: 'de' }, [german, dead]],
      [{ country: 'DE', status: 'active' }, [german]],
      [{ country: 'DE', status: 'active', protocol: 'http' }, []],
    ];
    for (const [query, expected] of cases) {
      const page = await list({ ...query, pool: pool.name });
      expect([query, idsIn(page)]).toEqual([query, new Set(expected)]);
      expect([query, page.total_count, page.next_cursor]).toEqual([query, expected.length, null]);
    }
    expect((await list({ pool: 'nobody-made-this-pool' })).total_count).toBe(0);
  });

  it('by figures include the limit itself, and leave out proxies without the figure', async () => {
    const pool = await makePool();
    const active = { poolNumber: pool.number, status: 'active' as const };
    const nowMs = Date.now();
    const [good, fair] = await insertProxies([
      { ...active, score: 0.9, avgLatencyMs: 100, uptime: 0.9996, lastCheckedAtMs: nowMs - 30_000 },
      { ...active, score: 0.7, avgLatencyMs: 900.5, uptime: 0.9416, lastCheckedAtMs: nowMs - 10 * 60_000 },
      { poolNumber: pool.number, status: 'unchecked' },
    ]);
    const cases: [Record<string, string>, (string | undefined)[]][] = [
      [{ min_score: '0.7' }, [good, fair]],
      [{ min_score: '0.71' }, [good]],
      [{ min_score: '1' }, []],
      [{ min_score: '0' }, [good, fair]],
      [{ max_latency_ms: '900.5' }, [good, fair]],
      [{ max_latency_ms: '900' }, [good]],
      [{ min_uptime_pct: '94.2' }, [good, fair]],
      [{ min_uptime_pct: '94.3' }, [good]],
      [{ min_uptime_pct: '100' }, [good]],
      [{ verified_within_minutes: '1' }, [good]],
      [{ verified_within_minutes: '11' }, [good, fair]],
      [{ verified_within_minutes: '11', min_score: '0.8', max_latency_ms: '100' }, [good]],
    ];
    for (const [query, expected] of cases) {
      const page = await list({ ...query, pool: pool.name });
      expect([query, idsIn(page)]).toEqual([query, new Set(expected)]);
      expect([query, page.total_count]).toEqual([query, expected.length]);
    }
  });

  it.each([
    'status=alive',
    'status=active&status=dead',
    'protocol=ftp',
    'anonymity=ELITE',
    'country=USA',
    'country=1',
    'country=%00%00',
    'pool=',
    `pool=${'x'.repeat(65)}`,
    'min_score=1.01',
    'min_score=-0.1',
    'min_score=',
    'min_score=NaN',
    'min_score=0x1',
    'min_score=1e0',
    'max_latency_ms=-1',
    'max_latency_ms=Infinity',
    'min_uptime_pct=101',
    'verified_within_minutes=0',
    'verified_within_minutes=1.5',
    'verified_within_minutes=525601',
    'sort=id',
    'order=up',
    'limit=0',
    'limit=201',
    'limit=',
    'limit=1e1',
    'limit=0x10',
    'limit=%2010',
    'limit=1&limit=2',
  ])('refuse %s', async (query) => {
    const reply = await call('GET', `/proxies?${query}`, { key });
    expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
  });

  it('ignore parameters that nobody knows', async () => {
    const pool = await makePool();
    expect((await list({ pool: pool.name, no_such_parameter: '1', 'status[]': 'x' })).total_count).toBe(0);
  });
});

describe('the order of the list of proxies', () => {
  /** Proxies that differ in every sort field, some without a value, some with the same; made in no order. */
  async function unordered() {
    const pool = await makePool();
    const active = { poolNumber: pool.number, status: 'active' as const };
    const figures = [3, null, 1, 2, 2, null, 3, 2];
    const ids = await insertProxies(
      figures.map((figure) => ({
        ...active,
        score: figure === null ? null : figure / 10,
        avgLatencyMs: figure,
        uptime: figure === null ? null : figure / 10,
        lastCheckedAtMs: figure,
      })),
    );
    const known = ids.map((id, index) => ({ id, figure: figures[index] ?? null }));
    /** Nulls last whatever the direction; equals by id, which turns round with the list. */
    const ordered = (direction: 'asc' | 'desc') =>
      known
        .toSorted((left, right) => {
          const sign = direction === 'asc' ? 1 : -1;
          if (left.figure === right.figure) return (left.id < right.id ? 1 : -1) * sign;
          if (left.figure === null || right.figure === null) return left.figure === null ? 1 : -1;
          return (left.figure - right.figure) * sign;
        })
        .map(({ id }) => id);
    return { pool, ordered };
  }

  it('is by any field, in both directions, nulls last, equals by id, page by page each proxy once', async () => {
    const { pool, ordered } = await unordered();
    for (const sort of ['score', 'latency', 'uptime', 'last_checked']) {
      for (const order of ['asc', 'desc'] as const) {
        for (const limit of [1, 2, 3, 200]) {
          const ids = await walk({ pool: pool.name, sort, order, limit });
          expect([sort, order, limit, ids]).toEqual([sort, order, limit, ordered(order)]);
        }
      }
    }
  });

  it('is the best score first when none is named, and by latency the shortest first', async () => {
    const { pool, ordered } = await unordered();
    expect(await walk({ pool: pool.name, limit: 3 })).toEqual(ordered('desc'));
    expect(await walk({ pool: pool.name, limit: 3, sort: 'latency' })).toEqual(ordered('asc'));
    expect(await walk({ pool: pool.name, limit: 3, sort: 'uptime' })).toEqual(ordered('desc'));
    expect(await walk({ pool: pool.name, limit: 3, sort: 'last_checked' })).toEqual(ordered('desc'));
  });

  it('holds over pages while proxies come and go: none of the others is missed or shown twice', async () => {
    const pool = await makePool();
    const active = { poolNumber: pool.number, status: 'active' as const };
    const ids = await insertProxies([0.9, 0.8, 0.7, 0.6].map((score) => ({ ...active, score })));
    const first = await list({ pool: pool.name, limit: 2 });
    await insertProxies([{ ...active, score: 0.95 }]);
    const second = await list({ pool: pool.name, limit: 2, cursor: first.next_cursor ?? '' });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
  });

  it('ties a cursor to filters and order, but not to the page size', async () => {
    const pool = await makePool();
    await insertProxies(
      [0.9, 0.8, 0.7].map((score) => ({ poolNumber: pool.number, status: 'active' as const, score })),
    );
    const { next_cursor: cursor } = await list({ pool: pool.name, limit: 1 });
    expect((await list({ pool: pool.name, limit: 2, cursor: cursor ?? '' })).items).toHaveLength(2);
    expect((await list({ pool: pool.name, limit: 2, cursor: cursor ?? '', order: 'desc' })).items).toHaveLength(2);
    for (const change of ['status=active', 'order=asc', 'sort=uptime', 'min_score=0', 'country=DE', 'pool=default']) {
      const query = new URLSearchParams({ pool: pool.name, cursor: cursor ?? '' });
      for (const [name, value] of new URLSearchParams(change)) query.set(name, value);
      const reply = await call('GET', `/proxies?${query}`, { key });
      expect([change, reply.status, errorCode(reply)]).toEqual([change, 400, 'INVALID_CURSOR']);
    }
    const elsewhere = await call('GET', `/sources?cursor=${cursor}`, { key });
    expect([elsewhere.status, errorCode(elsewhere)]).toEqual([400, 'INVALID_CURSOR']);
  });

  it('refuses a cursor that was changed into a position of another kind', async () => {
    const pool = await makePool();
    await insertProxies([0.9, 0.8].map((score) => ({ poolNumber: pool.number, status: 'active' as const, score })));
    const { next_cursor: cursor } = await list({ pool: pool.name, limit: 1 });
    const { list: identity } = JSON.parse(atob((cursor ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    const forge = (after: unknown) => btoa(JSON.stringify({ list: identity, after })).replaceAll('=', '');
    for (const after of [['0.9', 'id'], [0.9], [0.9, 1], [0.9, null], [], [0.9, 'id', 1], 'x', null, [{}, 'id']]) {
      const reply = await call('GET', `/proxies?pool=${pool.name}&cursor=${encodeURIComponent(forge(after))}`, { key });
      expect([after, reply.status, errorCode(reply)]).toEqual([after, 400, 'INVALID_CURSOR']);
    }
  });
});

describe('a proxy', () => {
  const checked = {
    status: 'active' as const,
    leasable: true,
    anonymity: 'elite' as const,
    exitIp: '203.0.113.7',
    country: 'DE',
    score: 0.87,
    avgLatencyMs: 245.3,
    uptime: 0.94216,
    supportsTunnel: true,
    lastCheckedAtMs: Date.parse('2026-01-15T10:25:00Z'),
    firstSeenAtMs: Date.parse('2026-01-10T08:00:00Z'),
    tags: { provider: 'datacenter' },
    username: 'user',
    passwordSealed: 'k1:sealed-secret',
  };

  it('shows what the reference shows, and neither user nor password', async () => {
    const [id] = await insertProxies([{ ...checked, ip: '127.91.0.1', port: 3128, protocol: 'socks5' }]);
    const { key: viewer } = await createAccount();
    const reply = await call<{ proxy: ProxyView }>('GET', `/proxies/${id}`, { key: viewer });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      proxy: {
        id,
        ip: '127.91.0.1',
        port: 3128,
        protocol: 'socks5',
        pool: 'default',
        status: 'active',
        leasable: true,
        anonymity: 'elite',
        exit_ip: '203.0.113.7',
        country: 'DE',
        score: 0.87,
        avg_latency_ms: 245.3,
        uptime_pct: 94.2,
        supports_tunnel: true,
        last_checked_at: '2026-01-15T10:25:00.000Z',
        first_seen_at: '2026-01-10T08:00:00.000Z',
        tags: { provider: 'datacenter' },
      },
      explanation: expect.objectContaining({
        leasable_now: false,
        reason: expect.objectContaining({ code: 'NOT_IN_BOOK' }),
      }),
      trust: {
        times_caught: 0,
        last_verdict: null,
        last_caught_at: null,
        rounds_to_pass: 0,
        explanation: 'Never caught lying.',
      },
      reports: { ok: 0, dead: 0, blocked: 0 },
      own_reports: [],
      recent_checks: [],
    });
    expect(JSON.stringify(reply.body)).not.toMatch(/sealed|username|password/);
  });

  it('that is not active shows no score, in the list as alone', async () => {
    const pool = await makePool();
    const [id] = await insertProxies([{ ...checked, status: 'dead', leasable: false, poolNumber: pool.number }]);
    const { body } = await call<{ proxy: ProxyView }>('GET', `/proxies/${id}`, { key });
    expect([body.proxy.status, body.proxy.score]).toEqual(['dead', null]);
    const page = await list({ pool: pool.name });
    expect(page.items.map(({ score }) => score)).toEqual([null]);
  });

  it('has its checks newest first, the last stage of a round first, 50 at most', async () => {
    const [id = ''] = await insertProxies([checked]);
    const stage = (name: string, number: number, passed: boolean) => ({
      checker_name: name,
      stage: number,
      passed,
      inconclusive: false,
      latency_ms: passed ? 12.5 : null,
      detail: passed ? 'OK' : 'it answers with a page of its own',
      verdict: passed ? null : 'always_200',
    });
    for (let round = 0; round < 30; round += 1) {
      const results = [stage('tcp_connect', 1, true), stage('http_anonymity', 2, round !== 29)];
      await insertRound(id, round, round * 60_000, results);
    }
    const { body } = await call<{ recent_checks: ProxyCheckView[] }>('GET', `/proxies/${id}`, { key });
    expect(body.recent_checks).toHaveLength(50);
    expect(body.recent_checks.slice(0, 3)).toEqual([
      { ...stage('http_anonymity', 2, false), created_at: '1970-01-01T00:29:00.000Z' },
      { ...stage('tcp_connect', 1, true), created_at: '1970-01-01T00:29:00.000Z' },
      { ...stage('http_anonymity', 2, true), created_at: '1970-01-01T00:28:00.000Z' },
    ]);
  });

  it.each([missingId, 'not-a-uuid', '%00', "'%20OR%201=1--", '%F0%9F%92%A9'])('%s is not there', async (id) => {
    const reply = await call('GET', `/proxies/${id}`, { key });
    expect([reply.status, errorCode(reply)]).toEqual([404, 'NOT_FOUND']);
  });
});
