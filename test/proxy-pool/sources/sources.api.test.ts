import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';
import { createSource, getSource, listUrl, ownList, type SourceBody, scrape, unique } from './support.ts';

const key = adminKey;
const someId = '01890000-0000-7000-8000-000000000000';
const exampleUrl = () => `http://lists.example/${unique()}.txt`;

for (const [method, path] of [
  ['GET', '/sources'],
  ['GET', `/sources/${someId}`],
] as const) {
  commonRouteTests({ method, path, scope: 'read' });
}
commonRouteTests({
  method: 'POST',
  path: '/sources',
  scope: 'write',
  validBody: { url: 'http://lists.example/common.txt' },
});
commonRouteTests({
  method: 'POST',
  path: '/sources/preview',
  scope: 'write',
  validBody: { url: 'http://127.0.0.1:1/x.txt' },
});
commonRouteTests({ method: 'POST', path: `/sources/${someId}/scrape`, scope: 'write' });
commonRouteTests({ method: 'PATCH', path: `/sources/${someId}`, scope: 'write', validBody: { is_active: false } });
commonRouteTests({ method: 'DELETE', path: `/sources/${someId}`, scope: 'write' });

describe('adding a source', () => {
  it('fills in what is left out: parser by URL, its schedule, http, the default pool, due at once', async () => {
    const url = exampleUrl();
    const source = await createSource({ url });
    expect(source).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      url,
      parser_name: 'plaintext',
      cron_schedule: '*/30 * * * *',
      default_protocol: 'http',
      is_active: true,
      pool: 'default',
      has_headers: false,
      last_scraped_at: null,
      last_error: null,
      consecutive_failures: 0,
      next_scrape_at: source.created_at,
      created_at: expect.stringMatching(/Z$/),
    });
    expect(await getSource(source.id)).toEqual(source);
  });

  it('takes the reference document’s body, and every other field', async () => {
    const body = { url: exampleUrl(), parser_name: 'csv', cron_schedule: '5 4 * * *', default_protocol: 'socks5' };
    expect(await createSource(body)).toMatchObject(body);
    const more = {
      url: exampleUrl(),
      is_active: false,
      pool: `pool-${unique()}`,
      cron_schedule: null,
      parser_name: null,
    };
    const source = await createSource({ ...more, headers: { 'x-token': 'very-secret' } });
    expect(source).toMatchObject({ is_active: false, pool: more.pool, has_headers: true, next_scrape_at: null });
  });

  it('picks the parser by the URL and says when none fits', async () => {
    const cases = [
      ['json', 'json'],
      ['csv', 'csv'],
      ['php', 'html_table'],
      ['b64', 'base64'],
      ['TXT', 'plaintext'],
    ];
    for (const [ending, parser] of cases) {
      expect((await createSource({ url: `http://lists.example/${unique()}.${ending}` })).parser_name).toBe(parser);
    }
    const none = await call('POST', '/sources', { key, json: { url: `http://lists.example/${unique()}.zip` } });
    expect([none.status, errorCode(none)]).toEqual([422, 'NO_PARSER']);
    const unknown = await call('POST', '/sources', { key, json: { url: exampleUrl(), parser_name: 'nobody' } });
    expect([unknown.status, errorCode(unknown)]).toEqual([422, 'UNKNOWN_PARSER']);
    const inherited = await call('POST', '/sources', { key, json: { url: exampleUrl(), parser_name: 'constructor' } });
    expect(errorCode(inherited)).toBe('UNKNOWN_PARSER');
  });

  it('refuses a URL that exists, in any spelling', async () => {
    const { url } = await createSource({ url: exampleUrl() });
    for (const spelling of [url, url.replace('lists.example', 'LISTS.example:80'), `${url}#part`]) {
      const reply = await call('POST', '/sources', { key, json: { url: spelling } });
      expect([reply.status, errorCode(reply)]).toEqual([409, 'SOURCE_EXISTS']);
    }
  });

  it('refuses every bad field and names it', async () => {
    const bad: [string, unknown][] = [
      ...[
        undefined,
        null,
        7,
        '',
        'no url',
        'ftp://lists.example/x',
        'file:///etc/passwd',
        'javascript:alert(1)',
        '//x/y',
        [],
        {},
      ].map((value): [string, unknown] => ['url', value]),
      ['url', `http://lists.example/${'x'.repeat(2_048)}`],
      ['url', 'http://lists.example/\ud800.txt'],
      ...[7, '', 'x'.repeat(65), {}].map((value): [string, unknown] => ['parser_name', value]),
      ...[7, '', 'often', '* * * * * *', '@daily', '99 * * * *', '0 0 30 2 *', '٣ * * * *', 'x'.repeat(101)].map(
        (value): [string, unknown] => ['cron_schedule', value],
      ),
      ...[7, null, '', 'HTTP', 'socks', 'ftp'].map((value): [string, unknown] => ['default_protocol', value]),
      ...[7, null, 'true', 1].map((value): [string, unknown] => ['is_active', value]),
      ...[7, null, '', 'Upper', '-lead', 'a_b', 'пул', 'p\n', 'x'.repeat(64)].map((value): [string, unknown] => [
        'pool',
        value,
      ]),
      ...[
        7,
        'x',
        [],
        { a: 1 },
        { 'a b': 'x' },
        { a: 'b\r\nc: d' },
        { Host: 'x' },
        { a: '瘍瘊' },
        JSON.parse('{"__proto__":"x"}'),
      ].map((value): [string, unknown] => ['headers', value]),
    ];
    for (const [field, value] of bad) {
      const reply = await call('POST', '/sources', { key, json: { url: exampleUrl(), [field]: value } });
      expect([field, value, reply.status, errorCode(reply)]).toEqual([field, value, 422, 'VALIDATION_ERROR']);
      expect(JSON.stringify(reply.body)).toContain(`"path":"${field}`);
    }
  });

  it('refuses a URL with a user name, whatever networks are allowed', async () => {
    const reply = await call('POST', '/sources', { key, json: { url: 'http://user:pass@lists.example/x.txt' } });
    expect([reply.status, errorCode(reply)]).toEqual([422, 'ADDRESS_NOT_ALLOWED']);
    expect(JSON.stringify(reply.body)).not.toContain('pass@');
  });

  it('answers a repeated Idempotency-Key with the first answer, and refuses another body under it', async () => {
    const headers = { 'idempotency-key': unique() };
    const json = { url: exampleUrl() };
    const first = await call<SourceBody>('POST', '/sources', { key, json, headers });
    const again = await call<SourceBody>('POST', '/sources', { key, json, headers });
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
    const other = await call('POST', '/sources', { key, json: { url: exampleUrl() }, headers });
    expect([other.status, errorCode(other)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('makes one source of many requests at once with one Idempotency-Key, and answers all of them alike', async () => {
    const options = { key, json: { url: exampleUrl() }, headers: { 'idempotency-key': unique() } };
    const replies = await Promise.all(Array.from({ length: 12 }, () => call<SourceBody>('POST', '/sources', options)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  });

  it('keeps request headers encrypted, and shows them nowhere', async () => {
    const secret = `secret-${unique()}`;
    const source = await createSource({ url: exampleUrl(), headers: { 'x-token': secret } });
    expect(JSON.stringify(await getSource(source.id))).not.toContain(secret);
    const row = await env.DB.prepare('SELECT * FROM sources WHERE id = ?').bind(source.id).first();
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row?.headers_sealed).toMatch(/^k1\./);
  });
});

describe('reading sources', () => {
  it('shows the query of a URL only to who may write', async () => {
    const source = await createSource({ url: `${exampleUrl()}?token=hidden` });
    const { key: viewerKey } = await createAccount('viewer');
    const seen = await call<SourceBody>('GET', `/sources/${source.id}`, { key: viewerKey });
    expect([source.url.endsWith('?token=hidden'), seen.body.url]).toEqual([true, source.url.split('?')[0]]);
    const list = await call('GET', '/sources?limit=200', { key: viewerKey });
    expect(JSON.stringify(list.body)).not.toContain('hidden');
  });

  it('pages through all of them, newest first, each once', async () => {
    for (let index = 0; index < 5; index += 1) await createSource({ url: exampleUrl(), is_active: false });
    const seen: string[] = [];
    let cursor: string | null = '';
    let total = -1;
    do {
      const page: { body: { items: SourceBody[]; next_cursor: string | null; total_count: number } } = await call(
        'GET',
        `/sources?is_active=false&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        { key },
      );
      expect(page.body.items.every((item) => !item.is_active)).toBe(true);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next_cursor;
      total = page.body.total_count;
    } while (cursor !== null);
    expect(seen).toEqual([...new Set(seen)].sort().reverse());
    expect(seen).toHaveLength(total);
  });

  it('refuses bad parameters, and a cursor of another list', async () => {
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'limit=1.5',
      'is_active=yes',
      'is_active=',
      'is_active=1',
    ]) {
      const reply = await call('GET', `/sources?${query}`, { key });
      expect([query, reply.status, errorCode(reply)]).toEqual([query, 422, 'VALIDATION_ERROR']);
    }
    await createSource({ url: exampleUrl() });
    await createSource({ url: exampleUrl() });
    const { body } = await call<{ next_cursor: string }>('GET', '/sources?limit=1', { key });
    for (const query of [`is_active=true&cursor=${body.next_cursor}`, 'cursor=%00', 'cursor=abc', 'cursor=💥']) {
      const reply = await call('GET', `/sources?${query}`, { key });
      expect([query, reply.status, errorCode(reply)]).toEqual([query, 400, 'INVALID_CURSOR']);
    }
  });

  it('says 404 for what is not there, with every method', async () => {
    const cases: [string, string, unknown][] = [
      ['GET', '', undefined],
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/scrape', undefined],
    ];
    for (const [method, suffix, json] of cases) {
      for (const id of [someId, 'no-uuid', '%00']) {
        const reply = await call(method, `/sources/${id}${suffix}`, { key, json });
        expect([method, id, reply.status, errorCode(reply)]).toEqual([method, id, 404, 'NOT_FOUND']);
      }
    }
  });
});

describe('changing a source', () => {
  const patch = (id: string, json: unknown) => call<SourceBody>('PATCH', `/sources/${id}`, { key, json });

  it('changes what is named and leaves the rest', async () => {
    const source = await createSource({ url: exampleUrl(), cron_schedule: '5 4 * * *' });
    const { body } = await patch(source.id, { default_protocol: 'socks4' });
    expect(body).toEqual({ ...source, default_protocol: 'socks4' });
    expect((await patch(source.id, {})).body).toEqual(body);
    expect((await patch(source.id, { cron_schedule: null })).body.cron_schedule).toBe('*/30 * * * *');
    expect((await patch(source.id, { parser_name: 'json', pool: 'patched', is_active: false })).body).toMatchObject({
      parser_name: 'json',
      pool: 'patched',
      is_active: false,
      next_scrape_at: null,
    });
  });

  it('refuses what adding refuses', async () => {
    const taken = await createSource({ url: exampleUrl() });
    const source = await createSource({ url: exampleUrl() });
    const cases: [Record<string, unknown>, number, string][] = [
      [{ url: taken.url }, 409, 'SOURCE_EXISTS'],
      [{ url: 'http://u@lists.example/' }, 422, 'ADDRESS_NOT_ALLOWED'],
      [{ url: null }, 422, 'VALIDATION_ERROR'],
      [{ parser_name: 'nobody' }, 422, 'UNKNOWN_PARSER'],
      [{ parser_name: null }, 422, 'VALIDATION_ERROR'],
      [{ cron_schedule: 'often' }, 422, 'VALIDATION_ERROR'],
      [{ is_active: 'no' }, 422, 'VALIDATION_ERROR'],
      [{ id: someId }, 422, 'VALIDATION_ERROR'],
    ];
    for (const [change, status, code] of cases) {
      const reply = await patch(source.id, change);
      expect([change, reply.status, errorCode({ ...reply, body: { ...reply.body } })]).toEqual([change, status, code]);
    }
    expect(await getSource(source.id)).toEqual(source);
  });

  it('makes no pool for a change that is refused', async () => {
    const taken = await createSource({ url: exampleUrl() });
    const source = await createSource({ url: exampleUrl() });
    const pool = `refused-${unique()}`;
    const reply = await patch(source.id, { url: taken.url, pool });
    expect([reply.status, errorCode({ ...reply, body: { ...reply.body } })]).toEqual([409, 'SOURCE_EXISTS']);
    expect(await env.DB.prepare('SELECT 1 FROM pools WHERE name = ?').bind(pool).first()).toBeNull();
    expect((await patch(source.id, { url: source.url, pool })).body).toMatchObject({ url: source.url, pool });
  });

  it('drops the request headers when the URL moves to another origin, so that nobody can have them sent to himself', async () => {
    const here = ownList();
    const elsewhere = ownList('txt', 'other');
    const source = await createSource({ url: here.url, headers: { 'x-token': 'mine' } });
    expect((await patch(source.id, { url: listUrl('/lines.txt') })).body.has_headers).toBe(true);
    await elsewhere.put('127.0.0.1:9\n');
    expect((await patch(source.id, { url: elsewhere.url })).body.has_headers).toBe(false);
    expect((await scrape(source.id)).status).toBe(200);
    expect((await elsewhere.seen()).headers).not.toHaveProperty('x-token');
    expect((await patch(source.id, { headers: { 'x-token': 'new' } })).body.has_headers).toBe(true);
    expect((await patch(source.id, { headers: null })).body.has_headers).toBe(false);
  });

  it('deletes it once', async () => {
    const source = await createSource({ url: exampleUrl() });
    expect((await call('DELETE', `/sources/${source.id}`, { key })).status).toBe(204);
    expect((await call('DELETE', `/sources/${source.id}`, { key })).status).toBe(404);
    await createSource({ url: source.url });
  });
});
