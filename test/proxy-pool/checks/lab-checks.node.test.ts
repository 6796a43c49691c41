import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labProxies } from '../../../dev/lab/catalogue.ts';
import { type Lab, startLab } from '../../../dev/lab/lab.ts';
import type { LabProxy } from '../../../dev/lab/lab-proxy.ts';
import { labGeo } from '../../../dev/local-vars.ts';
import type { ProxyCheckView, ProxyTrustView, ProxyView } from '../../../src/proxy-pool/proxies/proxies.schemas.ts';
import { runs } from '../../support/full-runs.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';

interface Detail {
  proxy: ProxyView;
  trust: ProxyTrustView;
  recent_checks: ProxyCheckView[];
}

const BUILTIN_ADMIN_ID = '00000000-0000-7000-8000-000000000001';

/** These cost a whole time limit each round; one round of them says enough. */
const SLOW_TO_FAIL = new Set(['http-silent', 'socks5-silent', 'http-dripping']);
const FAR_MS = 60 * 60 * 1000;
const POLL_MS = 100;
/** A round takes seconds; a machine that does other things too takes longer. */
const WAIT_LIMIT_MS = 120_000;

let lab: Lab;
let mortalLab: Lab;
let worker: WorkerProcess;
let idOf: Map<string, string>;

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const endsAtMs = Date.now() + WAIT_LIMIT_MS;
  while (!(await isTrue())) {
    if (Date.now() > endsAtMs) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function countBelow(round: number, ids: readonly string[]): Promise<number> {
  const { results } = await worker.database
    .prepare('SELECT COUNT(*) AS left FROM proxies WHERE round < ?1 AND id IN (SELECT value FROM json_each(?2))')
    .bind(round, JSON.stringify(ids))
    .all<{ left: number }>();
  return results[0]?.left ?? -1;
}

/** Makes these proxies due and no others, lets cron send them, and waits for the round. */
async function runRound(round: number, ids: readonly string[]): Promise<void> {
  await worker.database
    .prepare('UPDATE proxies SET next_check_at = CASE WHEN id IN (SELECT value FROM json_each(?1)) THEN 0 ELSE ?2 END')
    .bind(JSON.stringify(ids), Date.now() + FAR_MS)
    .run();
  await worker.tick();
  await until(`round ${round}`, async () => (await countBelow(round, ids)) === 0);
}

function idsOf(proxies: readonly LabProxy[]): string[] {
  return proxies.map(({ name }) => idOf.get(name) ?? `no ${name}`);
}

async function detailOf(name: string): Promise<Detail> {
  const { status, body } = await worker.call<Detail>('GET', `/proxies/${idOf.get(name)}`);
  expect(status).toBe(200);
  return body;
}

/** What a proxy's newest check found, in the words of the lab's catalogue: its sentence must hold what is said there. */
async function findingOf(name: string) {
  const { recent_checks: checks } = await detailOf(name);
  const expected = labProxies.find((proxy) => proxy.name === name)?.finding;
  const newest = checks[0];
  if (!newest || !expected) throw new Error(`${name} has no checks, or nothing is expected of it.`);
  const says = newest.detail.includes(expected.says) ? expected.says : newest.detail;
  return [name, { checker: newest.checker_name, verdict: newest.verdict, says }];
}

async function scrape(url: string): Promise<void> {
  const created = await worker.call<{ id: string }>('POST', '/sources', { url, default_protocol: 'http' });
  expect(created.status).toBe(201);
  expect((await worker.call('POST', `/sources/${created.body.id}/scrape`)).status).toBe(200);
}

beforeAll(async () => {
  lab = await startLab({ basePort: 0, sourceListPort: 0 });
  // One that will die, on the address of the first of the others.
  mortalLab = await startLab({ basePort: 0, sourceListPort: 0, proxies: labProxies.slice(0, 1) });
  const mortal = mortalLab.proxies.map((proxy) => ({ ...proxy, name: 'mortal' }));
  worker = await startWorkerProcess({ LAB_GEO: labGeo(lab.proxies), CHECK_INTERVAL_SECONDS: '60' }, { judgeTls: true });
  await scrape(lab.sourceListUrl);
  await scrape(mortalLab.sourceListUrl);
  const { body } = await worker.call<{ items: ProxyView[] }>('GET', '/proxies?limit=200');
  const all = [...lab.proxies, ...mortal];
  idOf = new Map(
    body.items.flatMap(({ id, ip, port }) => {
      const proxy = all.find((candidate) => candidate.address === ip && candidate.port === port);
      return proxy ? [[proxy.name, id] as const] : [];
    }),
  );
  expect(idOf.size).toBe(all.length);
  await until('first round', async () => (await countBelow(1, [...idOf.values()])) === 0);
}, 240_000);

afterAll(async () => {
  await worker?.stop();
  await lab.close();
  await mortalLab.close();
});

describe('real proxies against our own judge', () => {
  it.each(labProxies.filter(({ expectation }) => expectation === 'active'))(
    '$name becomes active after its first round, with its anonymity, its exit and its country',
    async ({ name, anonymity, address, country, protocol, behaviour }) => {
      const { proxy, recent_checks: checks } = await detailOf(name);
      expect(proxy).toMatchObject({ status: 'active', leasable: true, anonymity, exit_ip: address, country });
      // A plain HTTP proxy is asked as well whether it tunnels; it need not.
      const tunnels = behaviour.kind !== 'http' || behaviour.tunnel;
      expect(proxy.supports_tunnel).toBe(tunnels);
      expect(proxy.score).toBeGreaterThan(0.5);
      expect(proxy.uptime_pct).toBe(100);
      expect(checks.map(({ checker_name: checker, passed }) => [checker, passed])).toEqual([
        ['https_tunnel', tunnels],
        ...(protocol === 'https'
          ? []
          : [
              ['http_integrity', true],
              ['http_anonymity', true],
            ]),
        ['tcp_connect', true],
      ]);
      expect(JSON.stringify(proxy)).not.toMatch(/password|username|sealed/i);
    },
  );

  it('a proxy that tunnels to port 443 alone is judged there; for other ports its refusal counts neither way', async () => {
    const { proxy, recent_checks: checks } = await detailOf('https-only-443');
    const row = await worker.database.prepare('SELECT failed_rounds FROM proxies WHERE id = ?').bind(proxy.id).first();
    expect(row).toEqual({ failed_rounds: 0 });
    const [newest] = checks;
    if (worker.judgeTlsPort === 443) {
      expect(proxy).toMatchObject({ status: 'active', leasable: true, supports_tunnel: true });
      expect(newest).toMatchObject({ checker_name: 'https_tunnel', passed: true });
      return;
    }
    console.log('not allowed to listen on port 443 here: the refusal of other ports is what is seen');
    expect(proxy).toMatchObject({ status: 'unchecked', leasable: false, score: null });
    expect(newest).toMatchObject({ checker_name: 'https_tunnel', passed: false, inconclusive: true });
  });

  it('an interceptor is named by the certificate that it shows, also where it forwards honestly', async () => {
    for (const name of ['https-intercepting-tls', 'http-intercepting-tls']) {
      const { proxy, recent_checks: checks } = await detailOf(name);
      expect(proxy).toMatchObject({ status: 'unchecked', leasable: false });
      expect(checks[0]?.detail).toMatch(
        /^tampered: it opens TLS with a certificate of its own issued by CN=Switchyard lab interceptor \(SHA-256 [0-9A-F]{16}…\)/,
      );
    }
  });

  it('what can be leased is what passed', async () => {
    const { body } = await worker.call<{ items: ProxyView[] }>('GET', '/proxies?status=active&limit=200');
    const credits = { amount: 1, description: 'one lease' };
    expect((await worker.call('POST', `/admin/accounts/${BUILTIN_ADMIN_ID}/credits`, credits)).status).toBe(201);
    const account = await worker.call<{ id: string }>('GET', '/account');
    const gift = { amount: 10, description: 'For this test' };
    await worker.call('POST', `/admin/accounts/${account.body.id}/credits`, gift);
    const acquired = await worker.call<{ proxy: { id: string } }>('POST', '/proxies/acquire', {});
    expect(acquired.status).toBe(200);
    expect(body.items.map(({ id }) => id)).toContain(acquired.body.proxy.id);
  });
});

describe('three rounds', () => {
  it('no liar is ever active; those that always fail die in the third round, and their history says why', async () => {
    const hostile = lab.proxies.filter(({ expectation, name }) => {
      return expectation === 'never_active' && !SLOW_TO_FAIL.has(name);
    });
    for (const round of [2, 3]) {
      const seen = await Promise.all(hostile.map(async ({ name }) => (await detailOf(name)).proxy.status));
      expect(seen).toEqual(hostile.map(() => 'unchecked'));
      await runRound(round, idsOf(hostile));
    }
    for (const { name } of hostile) {
      const { proxy, recent_checks: checks } = await detailOf(name);
      expect([name, proxy.status, proxy.score, proxy.leasable]).toEqual([name, 'dead', null, false]);
      expect(checks.filter(({ passed }) => !passed)).toHaveLength(3);
    }
    for (const { name, finding } of lab.proxies) if (finding) expect(await findingOf(name)).toEqual([name, finding]);
    for (const name of SLOW_TO_FAIL)
      expect((await detailOf(name)).proxy).toMatchObject({ status: 'unchecked', score: null });
  }, 240_000);

  it('one that lies now and then is out for longer after each lie, however good its other rounds are', async () => {
    const name = 'http-occasional-liar';
    const id = idOf.get(name) ?? '';
    const owed: [boolean, number, string | null][] = [];
    for (const round of [2, 3, 4, 5, 6]) {
      await runRound(round, [id]);
      const { proxy, trust } = await detailOf(name);
      owed.push([proxy.leasable, trust.rounds_to_pass, trust.last_verdict]);
    }
    expect(owed).toEqual([
      [true, 0, null],
      [false, 3, 'body_diff'],
      [false, 2, 'body_diff'],
      [false, 1, 'body_diff'],
      [false, 6, 'body_diff'],
    ]);
    const { proxy, trust } = await detailOf(name);
    expect(proxy.score).toBe(0);
    expect(trust.times_caught).toBe(2);
    expect(trust.explanation).toMatch(
      /^Caught lying 2 times, last at 20.*Z: it changed an answer on its way\. However fast it is, it is not leased until it has passed 6 more rounds in a row\.$/,
    );
    expect((await detailOf('http-elite-1')).trust.explanation).toBe('Never caught lying.');
  }, 240_000);

  it('a proxy that goes away is not leasable from its first failed round, dead after its third, with one event', async () => {
    const id = idOf.get('mortal') ?? '';
    expect((await detailOf('mortal')).proxy).toMatchObject({ status: 'active', leasable: true });
    await mortalLab.close();
    await runRound(2, [id]);
    expect((await detailOf('mortal')).proxy).toMatchObject({ status: 'active', leasable: false });
    await runRound(3, [id]);
    await runRound(4, [id]);
    expect((await detailOf('mortal')).proxy).toMatchObject({ status: 'dead', leasable: false, score: null });
    const { results } = await worker.database
      .prepare("SELECT payload FROM outbox WHERE type = 'proxy.died'")
      .all<{ payload: string }>();
    expect(results.map(({ payload }) => JSON.parse(payload).proxy_id)).toEqual([id]);
  }, 240_000);
});

/** Rounds of all honest proxies that answer at once; the full number makes more than a thousand checks. */
const HONEST_ROUNDS = runs({ usual: 5, full: 56 });
/** Of a thousand checks of honest proxies, so many may be wrong. */
const FALSE_ALARMS_PER_THOUSAND = 1;

describe('honest proxies, checked again and again at once', () => {
  it(`are accused in at most ${FALSE_ALARMS_PER_THOUSAND} of 1,000 checks`, async () => {
    const honest = lab.proxies.filter(({ expectation, name }) => expectation === 'active' && !/slow/.test(name));
    const ids = idsOf(honest);
    for (let round = 2; round < 2 + HONEST_ROUNDS; round += 1) await runRound(round, ids);
    const { results: rounds } = await worker.database
      .prepare('SELECT results FROM proxy_checks WHERE proxy_id IN (SELECT value FROM json_each(?1))')
      .bind(JSON.stringify(ids))
      .all<{ results: string }>();
    expect(rounds).toHaveLength(honest.length * (HONEST_ROUNDS + 1));
    // That a plain HTTP proxy does not tunnel is no accusation.
    const isWrong = ({ stage, passed, verdict }: ProxyCheckView) => verdict !== null || (stage < 3 && !passed);
    const wrong = rounds.filter(({ results }) => JSON.parse(results).some(isWrong));
    expect(wrong.length).toBeLessThanOrEqual((rounds.length / 1_000) * FALSE_ALARMS_PER_THOUSAND);
  }, 400_000);
});
