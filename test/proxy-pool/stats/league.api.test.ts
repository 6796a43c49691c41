import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createLogger } from '../../../src/platform/log/logger.ts';
import { createChecksService, type RunProbe } from '../../../src/proxy-pool/checks/checks.service.ts';
import { createChecksStore } from '../../../src/proxy-pool/checks/checks.store.ts';
import { createOutcomesStore } from '../../../src/proxy-pool/outcomes/outcomes.store.ts';
import { createBookNewsStore } from '../../../src/proxy-pool/proxies/book-news.store.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';
import { report } from '../checks/fixtures.ts';
import { createSource, ownList, proxiesOf, scrape } from '../sources/support.ts';

commonRouteTests({ method: 'GET', path: '/stats/sources', scope: 'read' });

interface LeagueItem {
  source_id: string;
  url: string;
  proxies_discovered: number;
  unique_share: number | null;
  alive_after_1h: number | null;
  alive_after_24h: number | null;
  median_life_minutes: number | null;
}

interface League {
  items: LeagueItem[];
  next_cursor: string | null;
  total_count: number;
}

const clock = { ms: Date.now(), nowMs: () => clock.ms };
const database = createDatabase(env.DB);
const checks = createChecksService({
  store: createChecksStore({ binding: env.DB }),
  outcomes: createOutcomesStore(env.DB),
  bookNews: createBookNewsStore(database),
  bookOf: () => ({ apply: async () => {} }),
  clock,
  logger: createLogger(),
  checkIntervalMs: 300_000,
});

async function leagueItem(sourceId: string): Promise<LeagueItem | undefined> {
  const { body } = await call<League>('GET', '/stats/sources?limit=200', { key: adminKey });
  return body.items.find(({ source_id: id }) => id === sourceId);
}

/** A check round of these proxies, `minutes` after the one before. */
async function round(ids: readonly string[], minutes: number, probe: RunProbe): Promise<void> {
  clock.ms += minutes * 60_000;
  await env.DB.prepare('UPDATE proxies SET next_check_at = 0 WHERE id IN (SELECT value FROM json_each(?1))')
    .bind(JSON.stringify(ids))
    .run();
  const { results } = await env.DB.prepare(
    'SELECT id, round FROM proxies WHERE id IN (SELECT value FROM json_each(?1))',
  )
    .bind(JSON.stringify(ids))
    .all<{ id: string; round: number }>();
  await checks.runBatch(results, probe);
}

const passing: RunProbe = async () => report('passed');
const failing: RunProbe = async () => report('failed');

describe('the source league', () => {
  it('tells what each source brought first, and what others list too', async () => {
    const [first, second] = [ownList(), ownList()];
    await first.put('127.81.0.1:80\n127.81.0.2:80\n127.81.0.3:80\n127.81.0.4:80\n');
    await second.put('127.81.0.4:80\n127.81.0.5:80\n');
    const one = await createSource({ url: first.url });
    expect(await leagueItem(one.id)).toMatchObject({ proxies_discovered: 0, unique_share: null, alive_after_1h: null });
    const two = await createSource({ url: `${second.url}?token=hidden` });
    for (const id of [one.id, two.id, two.id, one.id]) expect((await scrape(id)).status).toBe(200);
    expect(await leagueItem(one.id)).toMatchObject({ proxies_discovered: 4, unique_share: 0.75 });
    expect(await leagueItem(two.id)).toMatchObject({ proxies_discovered: 1, unique_share: 1, url: second.url });
  });

  it('tells how long its proxies live', async () => {
    const list = ownList();
    await list.put('127.82.0.1:80\n127.82.0.2:80\n127.82.0.3:80\n127.82.0.4:80\n');
    const source = await createSource({ url: list.url });
    await scrape(source.id);
    const ids = (await proxiesOf(source.id)).map(({ id }) => String(id));
    const [short, ...long] = ids;
    if (!short) throw new Error('no proxy');
    // One lives for twenty minutes, three for a day and more.
    await round(ids, 1, passing);
    for (let count = 0; count < 4; count += 1) await round(ids, 5, passing);
    for (let count = 0; count < 3; count += 1) await round([short], 1, failing);
    for (let hour = 0; hour < 25; hour += 1) await round(long, 60, passing);
    expect(await leagueItem(source.id)).toMatchObject({
      alive_after_1h: 0.75,
      alive_after_24h: 0.75,
      median_life_minutes: null,
    });
    // Two more end: half of the lives lasted a day.
    for (let count = 0; count < 3; count += 1) await round(long.slice(0, 2), 1, failing);
    const item = await leagueItem(source.id);
    expect(item).toMatchObject({ alive_after_1h: 0.75, alive_after_24h: 0.75 });
    expect(item?.median_life_minutes).toBeGreaterThan(1_440);
  });

  it('has a page and a cursor, of this list alone, and forgets a source that is deleted', async () => {
    const list = ownList();
    await list.put('127.83.0.1:80\n');
    const source = await createSource({ url: list.url });
    await scrape(source.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body }: { body: League } = await call<League>('GET', `/stats/sources?limit=1${query}`, { key: adminKey });
      seen.push(...body.items.map(({ source_id: id }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain(source.id);
    const other = await call<League>('GET', '/sources?limit=1', { key: adminKey });
    const refused = await call('GET', `/stats/sources?cursor=${other.body.next_cursor}`, { key: adminKey });
    expect([refused.status, errorCode(refused)]).toEqual([400, 'INVALID_CURSOR']);
    await call('DELETE', `/sources/${source.id}`, { key: adminKey });
    expect(await leagueItem(source.id)).toBeUndefined();
    const { results } = await env.DB.prepare('SELECT 1 FROM source_figures WHERE source_id = ?').bind(source.id).all();
    expect(results).toEqual([]);
  });
});

describe('the pool’s figures', () => {
  it('are what the inventory is: by status, protocol and anonymity, with averages over the active ones', async () => {
    interface Figures {
      total_proxies: number;
      by_status: { active: number; unsupported: number };
      by_anonymity: { elite: number };
      avg_score: number;
      avg_latency_ms: number;
      last_validation_at: string;
    }
    const read = async () => (await call<Figures>('GET', '/stats/pool', { key: adminKey })).body;
    const before = await read();
    const list = ownList();
    await list.put('127.84.0.1:80\n127.84.0.2:80\n[2606:4700::1]:80\n');
    const source = await createSource({ url: list.url });
    await scrape(source.id);
    const ids = (await proxiesOf(source.id)).filter(({ status }) => status === 'unchecked').map(({ id }) => String(id));
    await round(ids, 1, async () => report('passed', 250));
    const after = await read();
    expect(after.total_proxies).toBe(before.total_proxies + 3);
    expect(after.by_status.active).toBe(before.by_status.active + 2);
    expect(after.by_status.unsupported).toBe(before.by_status.unsupported + 1);
    expect(after.by_anonymity.elite).toBe(before.by_anonymity.elite + 2);
    expect(Date.parse(after.last_validation_at)).toBe(clock.ms);
    const row = await env.DB.prepare(
      "SELECT ROUND(AVG(score), 2) AS score, ROUND(AVG(avg_latency_ms), 1) AS latency FROM proxies WHERE status = 'active'",
    ).first<{ score: number; latency: number }>();
    expect([after.avg_score, after.avg_latency_ms]).toEqual([row?.score, row?.latency]);
  });
});
