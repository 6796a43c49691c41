import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { BUILTIN_ADMIN_ID } from '../../../src/accounts/authentication.service.ts';
import { AppError } from '../../../src/platform/errors/app-error.ts';
import { CHECKS_PER_MESSAGE } from '../../../src/proxy-pool/checks/check-message.types.ts';
import { MAX_FIRST_CHECKS } from '../../../src/proxy-pool/sources/first-checks.ts';
import { MAX_CONSECUTIVE_FAILURES, scrapeBackoffMs } from '../../../src/proxy-pool/sources/schedule.model.ts';
import { SCRAPE_CLAIM_MS } from '../../../src/proxy-pool/sources/scrapes.service.ts';
import type { SourceFetch } from '../../../src/proxy-pool/sources/source-fetch.ts';
import { createAccount } from '../../support/factories.ts';
import { call } from '../../support/harness.ts';
import { isolatedSources } from './isolated.ts';
import { createSource, eventsOf, getSource, listUrl, ownList, proxiesOf, unique } from './support.ts';

/** Short enough for a test, long enough for loopback. */
const SHORT_LIMITS = { firstByteTimeoutMs: 400, totalTimeoutMs: 1_500 };

/** Long enough for a busy machine to take in what comes before a stall. */
const PATIENT_LIMITS = { firstByteTimeoutMs: 5_000, totalTimeoutMs: 6_000 };

/** The error of the table that a promise rejects with; fails when it does not. */
async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`No refusal: ${String(error)}`);
  return error;
}

describe('a source that is being scraped', () => {
  /** A due source whose list comes when the test says so. */
  async function heldSource() {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    let fetches = 0;
    const fetch: SourceFetch = async () => {
      fetches += 1;
      asked.resolve();
      return (await answer.promise).clone();
    };
    const isolated = isolatedSources({ fetch });
    const source = await createSource({ url: `http://lists.example/${unique()}.txt` });
    await env.DB.prepare('UPDATE sources SET next_scrape_at = 0 WHERE id = ?').bind(source.id).run();
    return { ...isolated, source, asked, answer, fetches: () => fetches };
  }

  it('by hand is not due meanwhile', async () => {
    const { scrapes, scrapeMessages, source, asked, answer, fetches } = await heldSource();
    const byHand = scrapes.scrapeNow(source.id);
    await asked.promise;
    expect(await scrapes.scrapeIfDue(source.id)).toBe(false);
    await scrapes.enqueueDue();
    expect(scrapeMessages.map(({ sourceId }) => sourceId)).not.toContain(source.id);
    answer.resolve(new Response('127.0.3.1:8080'));
    expect(await byHand).toMatchObject({ proxies_discovered: 1 });
    expect(fetches()).toBe(1);
  });

  it('by hand or by its schedule is not scraped by hand as well: one wins, the others hear so, and later may', async () => {
    for (const byHand of [true, false]) {
      const { scrapes, source, asked, answer, fetches } = await heldSource();
      const first = byHand ? scrapes.scrapeNow(source.id) : scrapes.scrapeIfDue(source.id);
      await asked.promise;
      const errors = await Promise.all(Array.from({ length: 5 }, () => refusal(scrapes.scrapeNow(source.id))));
      expect(errors.map(({ code }) => code)).toEqual(Array(5).fill('SCRAPE_IN_PROGRESS'));
      answer.resolve(new Response('127.0.3.1:8080'));
      await first;
      expect(fetches()).toBe(1);
      expect(await getSource(source.id)).toMatchObject({ last_error: null, consecutive_failures: 0 });
      expect(await scrapes.scrapeNow(source.id)).toMatchObject({ proxies_discovered: 1 });
    }
  });

  it('can be scraped again after a failure of its own or of ours, and when the one who had it died', async () => {
    const { scrapes, source, asked, answer, time, fetches } = await heldSource();
    const abandoned = scrapes.scrapeNow(source.id);
    await asked.promise;
    time.nowMs += SCRAPE_CLAIM_MS;
    const second = scrapes.scrapeIfDue(source.id);
    await vi.waitFor(() => expect(fetches()).toBe(2));
    answer.reject(new Error('a fault of our own'));
    await Promise.allSettled([abandoned, second]);
    const { scrapes: later } = isolatedSources({ fetch: async () => new Response('127.0.3.1:8080') });
    expect(await later.scrapeNow(source.id)).toMatchObject({ proxies_discovered: 1 });
  });

  it('keeps the claim of the one who has it now, when an older scrape comes to its end', async () => {
    const { scrapes, source, asked, answer, time, fetches } = await heldSource();
    const older = scrapes.scrapeNow(source.id);
    await asked.promise;
    time.nowMs += SCRAPE_CLAIM_MS;
    const never = Promise.withResolvers<Response>();
    const newer = isolatedSources({ fetch: () => never.promise });
    newer.time.nowMs = time.nowMs;
    const running = newer.scrapes.scrapeNow(source.id);
    await vi.waitFor(async () => {
      expect((await refusal(scrapes.scrapeNow(source.id))).code).toBe('SCRAPE_IN_PROGRESS');
    });
    answer.resolve(new Response('127.0.3.1:8080'));
    await older;
    expect((await refusal(scrapes.scrapeNow(source.id))).code).toBe('SCRAPE_IN_PROGRESS');
    never.resolve(new Response('127.0.3.1:8080'));
    expect(await running).toMatchObject({ proxies_discovered: 1 });
    expect(fetches()).toBe(1);
  });
});

describe('a source that is not what it should be', () => {
  it.each([
    ['answers 404', '/status.txt?status=404', 'SOURCE_FETCH_FAILED', { status: 404 }],
    ['answers 503', '/status.txt?status=503', 'SOURCE_FETCH_FAILED', { status: 503 }],
    ['answers 204', '/status.txt?status=204', 'SOURCE_FETCH_FAILED', { status: 204 }],
    ['accepts and says nothing', '/silent.txt', 'SOURCE_TIMEOUT', {}],
    ['redirects in a circle', '/loop.txt', 'SOURCE_FETCH_FAILED', {}],
    ['redirects six times', '/redirect.txt?hops=6', 'SOURCE_FETCH_FAILED', {}],
    ['redirects to what is no URL', '/nowhere.txt', 'SOURCE_FETCH_FAILED', { status: 302 }],
    ['redirects to a file', '/redirect.txt?to=file:///etc/passwd', 'ADDRESS_NOT_ALLOWED', {}],
    ['redirects to a URL with a password', '/redirect.txt?to=http://a:b@127.0.0.1/', 'ADDRESS_NOT_ALLOWED', {}],
    ['never ends', '/endless.txt', 'SOURCE_TOO_LARGE', {}],
    ['inflates without end', '/gzip-bomb.txt', 'SOURCE_TOO_LARGE', {}],
    ['inflates far more than it announced', '/announced-bomb.txt', 'SOURCE_TOO_LARGE', {}],
    ['drips', '/drip.txt', 'SOURCE_TIMEOUT', {}],
  ])('%s: one coded error, noted in its row, with one event', async (_what, path, code, details) => {
    const fetchLimits = { ...SHORT_LIMITS, maxBytes: 1024 * 1024 };
    const { scrapes } = isolatedSources({ fetchLimits, isTimePassing: true });
    const source = await createSource({ url: listUrl(path) });
    const error = await refusal(scrapes.scrapeNow(source.id));
    expect([error.code, error.details]).toMatchObject([code, { source_id: source.id, ...details }]);
    const after = await getSource(source.id);
    expect(after).toMatchObject({ consecutive_failures: 1, is_active: true, last_scraped_at: null });
    expect(after.last_error).toBe(`${code}: ${error.message}`);
    expect(await eventsOf(source.id)).toEqual(['source.failed']);
  });

  it('hangs up at once: it could not be reached', async () => {
    const source = await createSource({ url: `${env.TEST_PEERS.sources.hangsUp}/${unique()}.txt` });
    const error = await refusal(isolatedSources().scrapes.scrapeNow(source.id));
    expect([error.code, error.details.status]).toEqual(['SOURCE_FETCH_FAILED', null]);
  });

  it.each([
    ['stalls', '/stalls.txt', 'SOURCE_TIMEOUT', 2],
    ['is reset half way', '/reset.txt', 'SOURCE_FETCH_FAILED', 1],
    ['ends in broken JSON', '/broken.json', 'SOURCE_PARSE_FAILED', 2],
  ])('%s: what came before is kept, and counted', async (_what, path, code, atLeast) => {
    const { scrapes } = isolatedSources({ fetchLimits: PATIENT_LIMITS });
    const source = await createSource({ url: listUrl(path) });
    const error = await refusal(scrapes.scrapeNow(source.id));
    expect(error.code).toBe(code);
    const kept = await proxiesOf(source.id);
    expect(kept.length).toBe(error.details.proxies_new);
    expect(error.details.proxies_stored).toBeGreaterThanOrEqual(atLeast);
  });

  it.each([
    ['a page', '/page.txt'],
    ['binary noise', '/binary.txt'],
  ])('%s is a list of nothing', async (_what, path) => {
    const source = await createSource({ url: listUrl(path) });
    const result = await isolatedSources().scrapes.scrapeNow(source.id);
    expect(result).toMatchObject({ proxies_discovered: 0, proxies_new: 0, truncated: false });
    expect(result.skipped).toBeGreaterThan(0);
    expect(await proxiesOf(source.id)).toEqual([]);
  });

  it('a line of 5 MB is skipped and counted, its neighbours are not', async () => {
    const list = ownList();
    const [first, last] = [`127.21.1.1:${1 + (Date.now() % 60_000)}`, `127.21.1.2:${1 + (Date.now() % 60_000)}`];
    await list.put(`${first}\n${'9'.repeat(5_000_000)}\n${last}\n`);
    const source = await createSource({ url: list.url });
    const result = await isolatedSources().scrapes.scrapeNow(source.id);
    expect(result).toMatchObject({ proxies_discovered: 2, skipped: 1 });
  });

  it('has more entries than are read: the rest is left, and said so', async () => {
    const { scrapes } = isolatedSources({ maxEntries: 1_500 });
    const source = await createSource({ url: listUrl('/lines.txt?count=5000&first=200000') });
    const result = await scrapes.scrapeNow(source.id);
    expect(result).toMatchObject({ proxies_discovered: 1_500, proxies_new: 1_500, truncated: true });
    expect(await proxiesOf(source.id)).toHaveLength(1_500);
  });
});

describe('addresses that are not public', () => {
  const policy = { allowPrivateNetworks: false };

  it('a redirect to one is refused before anything is connected', async () => {
    const asked: string[] = [];
    const fetch: SourceFetch = async (url) => {
      asked.push(url);
      return new Response(null, { status: 302, headers: { location: 'http://10.0.0.1/list.txt' } });
    };
    const { scrapes } = isolatedSources({ policy, fetch });
    const source = await createSource({ url: `http://lists.example/${unique()}.txt` });
    expect((await refusal(scrapes.scrapeNow(source.id))).code).toBe('ADDRESS_NOT_ALLOWED');
    expect(asked).toEqual([source.url]);
  });

  it('a source at one is refused at the scrape, whatever was allowed when it was added', async () => {
    const { scrapes } = isolatedSources({ policy });
    const source = await createSource({ url: listUrl('/lines.txt') });
    expect((await refusal(scrapes.scrapeNow(source.id))).code).toBe('ADDRESS_NOT_ALLOWED');
  });

  it('one that nobody can read is refused likewise, noted and listed, and shown to nobody who may not write', async () => {
    const { scrapes } = isolatedSources({ policy });
    const source = await createSource({ url: listUrl('/lines.txt') });
    const url = `http://[::1%25eth0]/${unique()}?key=hidden`;
    await env.DB.prepare('UPDATE sources SET url = ?1 WHERE id = ?2').bind(url, source.id).run();
    expect((await refusal(scrapes.scrapeNow(source.id))).code).toBe('ADDRESS_NOT_ALLOWED');
    expect(await getSource(source.id)).toMatchObject({ url, consecutive_failures: 1, last_error: expect.any(String) });
    const { key } = await createAccount();
    expect((await call('GET', `/sources/${source.id}`, { key })).body).toMatchObject({ url: 'about:invalid' });
    expect((await call('GET', '/stats/sources?limit=200', { key })).status).toBe(200);
  });

  it('a name that points at one is refused when it is added, or at the scrape when it can not be resolved before', async () => {
    const answers: { addresses: string[] | null } = { addresses: ['10.0.0.1'] };
    const resolve = async () => answers.addresses ?? Promise.reject(new Error('no answer'));
    const { sources, scrapes } = isolatedSources({ policy: { ...policy, resolve } });
    const caller = { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' } as const;
    const url = `http://lists.example/${unique()}.txt`;
    const add = () => sources.create({ url, default_protocol: 'http', is_active: true, pool: 'default' }, caller, null);
    expect((await refusal(add())).code).toBe('ADDRESS_NOT_ALLOWED');
    answers.addresses = null;
    const { body } = await add();
    for (const addresses of [null, ['10.0.0.1']]) {
      answers.addresses = addresses;
      expect((await refusal(scrapes.scrapeNow(body.id))).code).toBe('ADDRESS_NOT_ALLOWED');
    }
  });

  it('entries of a list are skipped; what can not be dialled is kept as unsupported and never due', async () => {
    const port = 1_024 + (Date.now() % 60_000);
    const body = `10.0.0.1:80\n127.0.0.1:80\n169.254.1.1:80\n[::1]:80\n9.9.9.9:${port}\n9.9.9.9:25\n104.16.0.1:${port}\n[2606:4700::1]:${port}\n`;
    const fetch: SourceFetch = async () => new Response(body);
    const { scrapes } = isolatedSources({ policy, fetch });
    const source = await createSource({ url: `http://lists.example/${unique()}.txt` });
    expect(await scrapes.scrapeNow(source.id)).toMatchObject({ proxies_discovered: 4, skipped: 4 });
    const rows = await proxiesOf(source.id);
    for (const { ip, port: own, status, next_check_at: nextCheckAt } of rows) {
      const isDialable = ip === '9.9.9.9' && own === port;
      expect([ip, own, status, nextCheckAt === null]).toEqual(
        isDialable ? [ip, own, 'unchecked', false] : [ip, own, 'unsupported', true],
      );
    }
  });
});

describe('what a source is asked with', () => {
  it('its headers go to its own origin only, and nothing is to be inflated', async () => {
    const own = ownList();
    await own.put('127.22.0.1:80\n');
    const source = await createSource({ url: own.url, headers: { 'x-api-key': 'for this origin' } });
    await isolatedSources().scrapes.scrapeNow(source.id);
    const { headers } = await own.seen();
    expect(headers).toMatchObject({ 'x-api-key': 'for this origin', 'accept-encoding': 'identity' });
    expect(headers['user-agent']).toMatch(/^switchyard\//);

    const elsewhere = ownList('txt', 'other');
    await elsewhere.put('127.22.0.2:80\n');
    const url = listUrl(`/redirect.txt?to=${encodeURIComponent(elsewhere.url)}`);
    const redirecting = await createSource({ url, headers: { 'x-api-key': 'for this origin' } });
    await isolatedSources().scrapes.scrapeNow(redirecting.id);
    const seen = await elsewhere.seen();
    expect(seen.gets).toBe(1);
    expect(seen.headers).not.toHaveProperty('x-api-key');
  });

  it('five redirects are followed, and gzip that somebody sends anyway is read', async () => {
    const { scrapes } = isolatedSources();
    const far = await createSource({ url: listUrl('/redirect.txt?hops=5&to=/lines.txt?count=4') });
    expect(await scrapes.scrapeNow(far.id)).toMatchObject({ proxies_discovered: 4 });
    const zipped = await createSource({ url: listUrl('/gzip.txt') });
    expect(await scrapes.scrapeNow(zipped.id)).toMatchObject({ proxies_discovered: 2 });
  });
});

describe('what a scrape writes', () => {
  it('nothing for a list that it knows, last seen once a day, never another source’s credentials', async () => {
    const port = 1_024 + (Date.now() % 60_000);
    const [mine, theirs] = [ownList(), ownList()];
    await mine.put(`http://me:first@127.23.0.1:${port}\n`);
    await theirs.put(`http://them:other@127.23.0.1:${port}\n`);
    const [source, other] = [await createSource({ url: mine.url }), await createSource({ url: theirs.url })];
    const { scrapes, time } = isolatedSources();
    await scrapes.scrapeNow(source.id);
    const [before] = await proxiesOf(source.id);

    await scrapes.scrapeNow(source.id);
    expect(await scrapes.scrapeNow(other.id)).toMatchObject({ proxies_new: 0, proxies_updated: 1 });
    // That two lists have it is written down, once.
    const shared = { ...before, is_shared: 1 };
    expect(await proxiesOf(source.id)).toEqual([shared]);

    time.nowMs += 25 * 60 * 60 * 1000;
    await scrapes.scrapeNow(source.id);
    expect(await proxiesOf(source.id)).toEqual([{ ...shared, last_seen_at: time.nowMs }]);

    await mine.put(`http://me:second@127.23.0.1:${port}\n`);
    await scrapes.scrapeNow(source.id);
    const [after] = await proxiesOf(source.id);
    expect(after?.password_sealed).not.toBe(before?.password_sealed);
    expect(JSON.stringify(after)).not.toContain('second');
    expect(after).toMatchObject({ username: 'me', next_check_at: time.nowMs });
  });

  it('first checks of the new ones, a thousand at most; the others are due anyway', async () => {
    const { scrapes, checks } = isolatedSources();
    const source = await createSource({ url: listUrl('/lines.txt?count=1200&first=300000') });
    await scrapes.scrapeNow(source.id);
    const sent = checks.flatMap(({ proxies }) => proxies);
    expect(sent).toHaveLength(MAX_FIRST_CHECKS);
    expect(checks.every(({ proxies }) => proxies.length <= CHECKS_PER_MESSAGE)).toBe(true);
    const ids = new Set((await proxiesOf(source.id)).map(({ id }) => id));
    expect(sent.every(({ id, round }) => ids.has(id) && round === 0)).toBe(true);
    await scrapes.scrapeNow(source.id);
    expect(checks.flatMap(({ proxies }) => proxies)).toHaveLength(MAX_FIRST_CHECKS);
  });
});

describe('a source whose time has come', () => {
  const sentFor = (sent: { sourceId: string }[], id: string) => sent.filter(({ sourceId }) => sourceId === id).length;

  it('goes to the queue until it is scraped, and is then due by its schedule', async () => {
    const source = await createSource({ url: listUrl('/lines.txt'), cron_schedule: '30 4 * * *' });
    const { scrapes, scrapeMessages, time } = isolatedSources();
    await scrapes.enqueueDue();
    expect(sentFor(scrapeMessages, source.id)).toBe(1);
    expect(await scrapes.scrapeIfDue(source.id)).toBe(true);
    const after = await getSource(source.id);
    expect(after.last_error).toBeNull();
    expect(after.next_scrape_at).toMatch(/T04:30:00\.000Z$/);
    await scrapes.enqueueDue();
    expect(sentFor(scrapeMessages, source.id)).toBe(1);
    time.nowMs = Date.parse(after.next_scrape_at ?? '');
    await scrapes.enqueueDue();
    expect(sentFor(scrapeMessages, source.id)).toBe(2);
  });

  it('is scraped once for however many messages, and again when the one who took it died', async () => {
    const list = ownList();
    await list.put('127.24.0.1:80\n');
    const source = await createSource({ url: list.url });
    const { scrapes, time } = isolatedSources();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => scrapes.scrapeIfDue(source.id)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await list.seen()).gets).toBe(1);

    await env.DB.prepare('UPDATE sources SET next_scrape_at = ?1, scraping_until = ?2 WHERE id = ?3')
      .bind(time.nowMs, time.nowMs + SCRAPE_CLAIM_MS, source.id)
      .run();
    expect(await scrapes.scrapeIfDue(source.id)).toBe(false);
    time.nowMs += SCRAPE_CLAIM_MS;
    expect(await scrapes.scrapeIfDue(source.id)).toBe(true);
  });

  it('rests longer after each failure, is switched off with the tenth, and begins anew when switched on', async () => {
    const source = await createSource({ url: listUrl('/status.txt?status=500') });
    const { scrapes, time } = isolatedSources();
    for (let failures = 1; failures <= MAX_CONSECUTIVE_FAILURES; failures += 1) {
      await refusal(scrapes.scrapeIfDue(source.id));
      const row = await getSource(source.id);
      expect([row.consecutive_failures, row.is_active]).toEqual([failures, failures < MAX_CONSECUTIVE_FAILURES]);
      expect(await scrapes.scrapeIfDue(source.id)).toBe(false);
      const nextAtMs = time.nowMs + scrapeBackoffMs(failures);
      if (row.is_active) expect(Date.parse(row.next_scrape_at ?? '')).toBe(nextAtMs);
      time.nowMs = nextAtMs;
    }
    const events = await eventsOf(source.id);
    expect(events.filter((type) => type === 'source.failed')).toHaveLength(MAX_CONSECUTIVE_FAILURES);
    expect(events.filter((type) => type === 'source.deactivated')).toHaveLength(1);
    expect(await scrapes.scrapeIfDue(source.id)).toBe(false);
  });

  it('a success forgets its failures', async () => {
    const list = ownList();
    const source = await createSource({ url: list.url });
    const { scrapes, time } = isolatedSources();
    await refusal(scrapes.scrapeIfDue(source.id));
    expect((await getSource(source.id)).consecutive_failures).toBe(1);
    await list.put('127.24.0.2:80\n');
    time.nowMs += scrapeBackoffMs(1);
    expect(await scrapes.scrapeIfDue(source.id)).toBe(true);
    expect(await getSource(source.id)).toMatchObject({ consecutive_failures: 0, last_error: null });
  });
});

describe('published lists', () => {
  it.for([
    ['monosans-all.txt', {}, { http: 318, socks4: 95, socks5: 79 }],
    ['monosans-proxies.json', {}, { http: 318, socks4: 95, socks5: 79 }],
    ['monosans-http.txt', {}, { http: 318 }],
    ['monosans-socks5.txt', { default_protocol: 'socks5' }, { socks5: 79 }],
    ['clarketm-proxy-list.txt', { parser_name: 'spys' }, { http: 400 }],
    ['clarketm-proxy-list-raw.txt', {}, { http: 400 }],
  ] as const)(
    '%s gives each of its proxies once, and nothing new the second time',
    async ([name, fields, counts], { skip }) => {
      const url = env.TEST_PEERS.sources[`list:${name}`];
      if (url === undefined) skip('no published lists here: SWITCHYARD_SOURCE_LISTS may name their folder');
      await env.DB.prepare('DELETE FROM proxies').run();
      const source = await createSource({ url: `${url}?test=${unique()}`, ...fields });
      const { scrapes } = isolatedSources();
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      expect(await scrapes.scrapeNow(source.id)).toMatchObject({ proxies_discovered: total, proxies_new: total });
      const rows = await proxiesOf(source.id);
      for (const [protocol, count] of Object.entries(counts)) {
        expect(rows.filter((row) => row.protocol === protocol)).toHaveLength(count);
      }
      if (name === 'clarketm-proxy-list.txt') expect(rows.every(({ country }) => country !== null)).toBe(true);
      expect(await scrapes.scrapeNow(source.id)).toMatchObject({ proxies_new: 0, proxies_updated: total });
    },
  );
});

describe('a preview', () => {
  it('shows what a scrape would find, the first fifty, and stores nothing', async () => {
    const { scrapes } = isolatedSources();
    const url = listUrl('/lines.txt?count=70&first=400000');
    const preview = await scrapes.preview({ url, default_protocol: 'socks5' });
    expect(preview).toMatchObject({ parser_name: 'plaintext', total: 70, skipped: 0, truncated: false });
    expect(preview.items).toHaveLength(50);
    expect(preview.items[0]).toMatchObject({ protocol: 'socks5', has_credentials: false });
    const { ip = '' } = preview.items[0] ?? {};
    const stored = await env.DB.prepare('SELECT COUNT(*) AS n FROM proxies WHERE ip = ?').bind(ip).first('n');
    expect(stored).toBe(0);
  });

  it('refuses what a scrape refuses', async () => {
    const { scrapes } = isolatedSources({ fetchLimits: SHORT_LIMITS });
    for (const [path, code] of [
      ['/status.txt?status=404', 'SOURCE_FETCH_FAILED'],
      ['/silent.txt', 'SOURCE_TIMEOUT'],
      ['/broken.json', 'SOURCE_PARSE_FAILED'],
    ] as const) {
      const error = await refusal(scrapes.preview({ url: listUrl(path), default_protocol: 'http' }));
      expect(error.code).toBe(code);
    }
  });
});
