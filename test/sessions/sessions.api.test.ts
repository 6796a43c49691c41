import { describe, expect, it } from 'vitest';
import { createAccount } from '../support/factories.ts';
import { adminKey, call } from '../support/harness.ts';
import { clientOf, ended, type PageBody, refusedAs, registered, type SessionBody } from './support.ts';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

type SessionPage = PageBody & { sessions: SessionBody[] };

async function newClient() {
  return clientOf((await createAccount()).key);
}

describe('a session', () => {
  it('is registered, listed, shown and ended in the reference’s own shapes', async () => {
    const client = await newClient();
    const request = {
      session_id: 'abc123-1',
      profile_id: 'profile_1',
      device: 'desktop',
      target_url: 'https://example.com',
      proxy: '1.2.3.4:12321',
      country: 'US',
    };
    const made = await client.post('/api/sessions/register', request);
    expect([made.status, made.body]).toEqual([200, { status: 'registered', session_id: 'abc123-1', active_count: 1 }]);
    const { session_id: id, ...fields } = request;
    const shown = {
      id,
      ...fields,
      start_time: expect.stringMatching(TIMESTAMP),
      end_time: null,
      duration: null,
      success: null,
      error: null,
      status: 'active',
    };
    const page = await client.get('/api/sessions');
    expect(page.body).toEqual({ sessions: [shown], total: 1, page: 1, per_page: 20, total_pages: 1 });
    const detail = await client.get('/api/sessions/abc123-1');
    expect(detail.body).toEqual({ session: shown, events: [], event_count: 0 });

    const end = { session_id: id, success: true, duration: 15.0, error: null };
    const done = await client.post('/api/sessions/end', end);
    expect([done.status, done.body]).toEqual([200, { status: 'ended', active_count: 0 }]);
    const after = await client.get('/api/sessions/abc123-1');
    expect(after.body.session).toEqual({
      ...shown,
      end_time: expect.stringMatching(TIMESTAMP),
      duration: 15,
      success: true,
      status: 'completed',
    });
  });

  it('may leave out what the reference’s examples leave out, and say what nobody knows', async () => {
    const client = await newClient();
    const reply = await client.post('/api/sessions/register', { session_id: 'test', profile_id: 'p1', extra: [1] });
    expect(reply.status).toBe(200);
    const { body } = await client.get<{ session: SessionBody }>('/api/sessions/test');
    expect(body.session).toMatchObject({ device: 'desktop', target_url: null, proxy: null, country: null });
    expect((await client.post('/api/sessions/end', { session_id: 'test', success: false })).status).toBe(200);
    const { session } = (await client.get<{ session: SessionBody }>('/api/sessions/test')).body;
    const tookMs = Date.parse(session.end_time ?? '') - Date.parse(session.start_time);
    expect([session.status, session.duration]).toEqual(['failed', tookMs / 1_000]);
  });

  it('is one session for an id in an account, and another in another account', async () => {
    const [client, other] = [await newClient(), await newClient()];
    await registered(client, { session_id: 'same', profile_id: 'mine' });
    const again = await client.post('/api/sessions/register', { session_id: 'same', profile_id: 'again' });
    expect(refusedAs(again)).toEqual([409, 'You have a session with this id already.']);
    await registered(other, { session_id: 'same', profile_id: 'theirs' });
    await other.post('/api/sessions/end', { session_id: 'same', success: true });
    const mine = await client.get<{ session: SessionBody }>('/api/sessions/same');
    expect(mine.body.session).toMatchObject({ profile_id: 'mine', status: 'active' });
  });

  it('ends once, however often at once it is told to, and counts once', async () => {
    const client = await newClient();
    const id = await registered(client, { proxy: 'gw.example:1' });
    const ends = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        client.post('/api/sessions/end', { session_id: id, success: index % 2 === 0, duration: 2 }),
      ),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
    const late = await client.post('/api/sessions/end', { session_id: id, success: true });
    expect(refusedAs(late)).toEqual([409, 'This session has ended.']);
    const { body } = await client.get<Record<string, unknown>>('/api/stats');
    expect(body).toMatchObject({ total_sessions: 1, active_sessions: 0, average_duration: 2 });
    expect(body.proxy_stats).toMatchObject([{ url: 'gw.example:1', uses: 1 }]);
    const unknown = await client.post('/api/sessions/end', { session_id: 'nobody', success: true });
    expect(refusedAs(unknown)).toEqual([404, 'You have no such session.']);
    expect(refusedAs(await client.get('/api/sessions/nobody'))).toEqual([404, 'You have no such session.']);
  });

  it('is registered once for an Idempotency-Key, and its answer comes again', async () => {
    const client = await newClient();
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const json = { session_id: 'once', profile_id: 'p' };
    const replies = await Promise.all([1, 2, 3].map(() => client.post('/api/sessions/register', json, headers)));
    expect(replies.map(({ status, body }) => [status, body.active_count])).toEqual(Array(3).fill([200, 1]));
    expect(replies.filter((reply) => reply.headers.get('idempotent-replayed') === 'true')).toHaveLength(2);
    const other = await client.post('/api/sessions/register', { ...json, profile_id: 'q' }, headers);
    expect(other.status).toBe(422);
  });

  it('is found under any id that it may have', async () => {
    const client = await newClient();
    for (const id of ['a/b', 'ü ñ 日本', '100%', '?x=1#y', "'; DROP TABLE sessions; --", '<script>', 'x'.repeat(300)]) {
      await registered(client, { session_id: id });
      const reply = await client.get<{ session: SessionBody }>(`/api/sessions/${encodeURIComponent(id)}`);
      expect([id, reply.status, reply.body.session?.id]).toEqual([id, 200, id]);
    }
    for (const id of ['', 'export', '..', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(301), 7, null]) {
      const reply = await client.post('/api/sessions/register', { session_id: id, profile_id: 'p' });
      expect([id, ...refusedAs(reply)]).toEqual([id, 400, expect.stringContaining('session_id: ')]);
    }
  });

  it('names its proxy without user name and password, in every answer and in the row', async () => {
    const client = await newClient();
    for (const [written, kept] of [
      ['user:s3cret@1.2.3.4:80', '1.2.3.4:80'],
      ['http://user:s3cret@1.2.3.4:80', 'http://1.2.3.4:80'],
      ['socks5://us@er:s3cret@host.example:1080', 'socks5://host.example:1080'],
      ['1.2.3.4:80:user:s3cret', '1.2.3.4:80'],
      ['[2001:db8::1]:80:user:s3cret', '[2001:db8::1]:80'],
      ['[2001:db8::1]:80', '[2001:db8::1]:80'],
      ['gateway.example:7000', 'gateway.example:7000'],
    ]) {
      const id = await registered(client, { proxy: written });
      const reply = await client.get<{ session: SessionBody }>(`/api/sessions/${id}`);
      expect(reply.body.session.proxy).toBe(kept);
    }
    for (const path of ['/api/sessions', '/api/sessions?search=s3cret', '/api/stats', '/api/sessions/export']) {
      expect((await client.get(path)).text).not.toContain('s3cret');
    }
  });
});

describe('the list of sessions', () => {
  it('has pages by number, newest first, filters, and totals that agree with them', async () => {
    const client = await newClient();
    for (let index = 0; index < 25; index += 1) {
      const fields = {
        session_id: `s-${index}`,
        country: index % 2 ? 'US' : 'de',
        profile_id: `Profil-ß-${index % 5}`,
      };
      if (index % 3 === 0) await registered(client, fields);
      else await ended(client, index % 3 === 1, fields);
    }
    const ids = async (query: string) => {
      const { status, body } = await client.get<SessionPage>(`/api/sessions?${query}`);
      expect([query, status]).toEqual([query, 200]);
      return { ids: body.sessions.map(({ id }) => Number(id.slice(2))), ...body };
    };
    const numbers = Array.from({ length: 25 }, (_, index) => 24 - index);
    const second = await ids('page=2&per_page=10');
    expect(second).toMatchObject({ ids: numbers.slice(10, 20), total: 25, page: 2, per_page: 10, total_pages: 3 });
    expect(await ids('page=9')).toMatchObject({ ids: [], total: 25, total_pages: 2 });
    for (const [query, passes] of [
      ['status=active', (index: number) => index % 3 === 0],
      ['status=completed', (index: number) => index % 3 === 1],
      ['status=failed&country=us', (index: number) => index % 3 === 2 && index % 2 === 1],
      ['country=DE', (index: number) => index % 2 === 0],
      ['country=XX', () => false],
      ['search=PROFIL-%C3%9F-2', (index: number) => index % 5 === 2],
      ['search=profil-ss-2&status=active', (index: number) => index % 5 === 2 && index % 3 === 0],
      ['search=S-24', (index: number) => index === 24],
      ['search=%25', () => false],
      ['search=s-1%0AProfil', () => false],
    ] as const) {
      const expected = numbers.filter(passes);
      const page = await ids(`per_page=100&${query}`);
      expect([query, page.ids, page.total]).toEqual([query, expected, expected.length]);
    }
  });

  it('says what is wrong with its query', async () => {
    const client = await newClient();
    for (const query of ['page=0', 'page=x', 'per_page=101', 'per_page=0', 'status=done', 'page=1e3', 'page=']) {
      const reply = await client.get(`/api/sessions?${query}`);
      expect([query, ...refusedAs(reply)]).toEqual([query, 400, expect.stringContaining(query.split('=')[0] ?? '')]);
    }
    expect((await client.get('/api/sessions?unknown=1')).status).toBe(200);
  });
});

describe('a caller of the sessions face', () => {
  const paths = [
    '/api/sessions',
    '/api/sessions/x',
    '/api/events',
    '/api/stats',
    '/api/ip/status',
    '/api/events/export',
  ];

  it('hears in the reference’s words that a key is missing, or bad', async () => {
    for (const path of paths) {
      const without = await call('GET', path);
      expect([path, ...refusedAs(without)]).toEqual([path, 401, 'Missing API key. Provide X-API-Key header.']);
      for (const key of ['your_key', adminKey.replace('Tests', 'tests'), `${adminKey.slice(0, -1)}x`]) {
        const bad = await call('GET', path, { headers: { 'x-api-key': key } });
        expect([path, ...refusedAs(bad)]).toEqual([path, 403, 'Invalid API key']);
        expect(bad.headers.get('cache-control')).toBe('no-store');
      }
    }
  });

  it('may show the key in each of the three ways', async () => {
    const { key } = await createAccount();
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }, { authorization: key }]) {
      expect((await call('GET', '/api/sessions', { headers })).status).toBe(200);
    }
  });

  it('is told what is wrong with a body', async () => {
    const { key } = await createAccount();
    const bodies: [string, Record<string, string>, number][] = [
      ['{"a":', {}, 400],
      ['[]', {}, 400],
      ['null', {}, 400],
      ['{}', {}, 400],
      ['{}', { 'content-type': 'text/plain' }, 415],
      [JSON.stringify({ session_id: 'a', padding: 'x'.repeat(1024 * 1024) }), {}, 413],
    ];
    for (const path of ['/api/sessions/register', '/api/sessions/end', '/api/events', '/api/events/batch']) {
      for (const [text, headers, status] of bodies) {
        const reply = await call('POST', path, { key, text, headers });
        expect([path, text.slice(0, 20), ...refusedAs(reply)]).toEqual([
          path,
          text.slice(0, 20),
          status,
          expect.any(String),
        ]);
      }
    }
  });

  it('whose account is deleted is refused like a bad key', async () => {
    const account = await createAccount();
    const client = clientOf(account.key);
    await registered(client);
    expect((await call('DELETE', `/admin/accounts/${account.id}`, { key: adminKey })).status).toBe(204);
    const reply = await client.post('/api/sessions/register', { session_id: 'x', profile_id: 'p' });
    expect(refusedAs(reply)).toEqual([403, 'Invalid API key']);
  });
});
