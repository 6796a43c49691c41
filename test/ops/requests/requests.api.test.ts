import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import { MAX_OPEN_APPENDS, requestShardName, shardOfAccount } from '../../../src/ops/requests/request-log.client.ts';
import { createServices } from '../../../src/services.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount, type TestAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';
import { away, envWith } from '../../support/worker-doors.ts';
import { logRequests, proxiedRequest } from './support.ts';

interface Listed {
  requests: { id: string; url: string; subdomain: string; method: string; status_code: number; timestamp: string }[];
  filtered_count: number;
  total_count: number;
}

const list = (key: string, query = '') => call<Listed>('GET', `/api/v1/proxy/requests${query}`, { key });
const urlsOf = ({ requests }: Listed) => requests.map(({ url }) => url);

/** Accounts until two shards are among them. */
async function accountsOfTwoShards(): Promise<[TestAccount, TestAccount]> {
  const first = await createAccount();
  for (let tries = 0; tries < 40; tries += 1) {
    const other = await createAccount();
    if (shardOfAccount(other.id) !== shardOfAccount(first.id)) return [first, other];
  }
  throw new Error('all accounts have one shard');
}

commonRouteTests({ method: 'GET', path: '/api/v1/proxy/requests', scope: 'read' });
commonRouteTests({ method: 'GET', path: '/api/v1/proxy/requests/0123abc', scope: 'read' });

describe('the list of proxied requests', () => {
  let account: TestAccount;
  beforeAll(async () => {
    account = await createAccount();
    const of = (url: string, changes: Parameters<typeof proxiedRequest>[1] = {}) =>
      proxiedRequest(account.id, { url, ...changes });
    await logRequests([
      of('/1', { startedAtMs: 1_768_473_000_123 }),
      of('/2', { subdomain: 'orders', method: 'post', statusCode: 201 }),
      of('/3', { statusCode: 404 }),
      of('/4', { face: 'routing', subdomain: 'orders', statusCode: 503, target: null, remoteAddress: null, tag: 't' }),
    ]);
  });

  it('is newest first, in the reference’s fields', async () => {
    const { status, body } = await list(account.key);
    expect(status).toBe(200);
    expect(urlsOf(body)).toEqual(['/4', '/3', '/2', '/1']);
    expect([body.filtered_count, body.total_count]).toEqual([4, 4]);
    expect(body.requests.at(-1)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{7}$/),
      timestamp: '2026-01-15T10:30:00.123Z',
      method: 'GET',
      url: '/1',
      subdomain: 'users-api',
      status_code: 200,
      duration_ms: 45,
      remote_addr: '203.0.113.7',
      face: 'gateway',
      tag: null,
    });
  });

  it.each([
    ['?subdomain=orders', ['/4', '/2']],
    ['?method=POST', ['/2']],
    ['?method=post', ['/2']],
    ['?min_status=404', ['/4', '/3']],
    ['?max_status=201', ['/2', '/1']],
    ['?min_status=400&max_status=499', ['/3']],
    ['?subdomain=orders&min_status=500', ['/4']],
    ['?subdomain=nobody', []],
    ['?no_such_parameter=1', ['/4', '/3', '/2', '/1']],
  ])('is filtered by %s', async (query, urls) => {
    expect(urlsOf((await list(account.key, query)).body)).toEqual(urls);
  });

  it('counts what matches beside what is shown', async () => {
    const { body } = await list(account.key, '?limit=1&min_status=201');
    expect([urlsOf(body), body.filtered_count, body.total_count]).toEqual([['/4'], 1, 3]);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'min_status=-1', 'max_status=1e3', 'method=', 'subdomain='])(
    'refuses %s in the face’s shape, naming the field',
    async (query) => {
      const reply = await list(account.key, `?${query}`);
      expect(reply.status).toBe(422);
      expect(reply.body).toEqual({
        error: expect.stringContaining(query.split('=')[0] ?? ''),
        code: 'VALIDATION_ERROR',
      });
    },
  );

  it('outlives the object', async () => {
    await evictDurableObject(env.LOG_BOOK.getByName(requestShardName(shardOfAccount(account.id))));
    expect((await list(account.key)).body.total_count).toBe(4);
  });
});

describe('one proxied request', () => {
  it('shows both legs, and no secret in any field of it', async () => {
    const account = await createAccount();
    const injected = 'sk-live-injected';
    await logRequests([
      proxiedRequest(account.id, {
        url: `/v1?api_key=hunter1&q=${injected}`,
        caller: {
          requestHeaders: new Headers({ authorization: `Bearer ${account.key}`, 'content-type': 'application/json' }),
          responseHeaders: [['set-cookie', 'sid=hunter2']],
          requestBytes: 20,
          responseBytes: 40,
        },
        target: {
          requestHeaders: [['x-custom', injected]],
          responseHeaders: [['location', `/next?custom=${injected}`]],
          requestBytes: 20,
          responseBytes: null,
          url: `https://user:hunter3@api.example/v1?custom=${injected}`,
          statusCode: null,
          durationMs: 1.4,
          error: `refused by http://user:hunter4@192.0.2.1:80 with ${injected}`,
          proxy: 'http://192.0.2.1:80',
          attempts: 3,
        },
        requestBody: new TextEncoder().encode('{"password":"hunter5","name":"ann"}'),
        responseBody: new Uint8Array([0xff, 0xd8]),
        secrets: [injected],
        statusCode: 502,
      }),
    ]);
    const { requests } = (await list(account.key)).body;
    const reply = await call('GET', `/api/v1/proxy/requests/${requests[0]?.id}`, { key: account.key });
    expect(reply.text).not.toMatch(/hunter|sk-live/);
    expect(reply.text).not.toContain(account.key);
    expect(reply.body).toMatchObject({
      id: requests[0]?.id,
      account_id: account.id,
      status_code: 502,
      caller: {
        request_headers: [
          ['authorization', '[redacted]'],
          ['content-type', 'application/json'],
        ],
        response_bytes: 40,
      },
      target: { status_code: null, duration_ms: 1, proxy: 'http://192.0.2.1:80', attempts: 3, response_bytes: null },
      request_body: { text: '{"password":"[redacted]","name":"ann"}', truncated: false },
      response_body: { text: null, truncated: false },
    });
  });

  it.each(['ABCDEF0', '012345', '0123456789', 'zzzzzzz', 'stream1'])('of the id %s is not there', async (id) => {
    const reply = await call('GET', `/api/v1/proxy/requests/${id}`, { key: adminKey });
    expect([reply.status, errorCode(reply), typeof reply.body.error]).toEqual([404, 'NOT_FOUND', 'string']);
  });
});

describe('tenants', () => {
  it('see their own; an admin sees all, newest first over the shards, and each by its id', async () => {
    const [first, other] = await accountsOfTwoShards();
    const subdomain = `tenants-${crypto.randomUUID()}`;
    const atMs = Date.now();
    await logRequests([
      proxiedRequest(first.id, { url: '/a', startedAtMs: atMs, subdomain }),
      proxiedRequest(other.id, { url: '/b', startedAtMs: atMs + 1, subdomain }),
      proxiedRequest(first.id, { url: '/c', startedAtMs: atMs + 2, subdomain }),
      proxiedRequest(other.id, { url: '/d', startedAtMs: atMs + 3, subdomain }),
    ]);
    expect(urlsOf((await list(first.key)).body)).toEqual(['/c', '/a']);
    expect(urlsOf((await list(other.key)).body)).toEqual(['/d', '/b']);
    const operator = await createAccount('operator');
    expect((await list(operator.key)).body).toEqual({ requests: [], filtered_count: 0, total_count: 0 });

    const all = (await list(adminKey, `?subdomain=${subdomain}&limit=3`)).body;
    expect([urlsOf(all), all.total_count]).toEqual([['/d', '/c', '/b'], 4]);
    for (const { id, url } of all.requests) {
      const path = `/api/v1/proxy/requests/${id}`;
      expect((await call('GET', path, { key: adminKey })).body).toMatchObject({ id, url });
      const owner = url === '/c' ? first : other;
      const stranger = url === '/c' ? other : first;
      expect((await call('GET', path, { key: owner.key })).status).toBe(200);
      for (const key of [stranger.key, operator.key]) {
        const reply = await call('GET', path, { key });
        expect([reply.status, errorCode(reply)]).toEqual([404, 'NOT_FOUND']);
      }
    }
  });
});

describe('appending', () => {
  it('hinders nothing when the log can not be reached', async () => {
    const account = await createAccount();
    await logRequests([proxiedRequest(account.id)], envWith({ LOG_BOOK: away(env.LOG_BOOK) }));
    expect((await list(account.key)).body.total_count).toBe(0);
  });

  it('is bounded: what is one too many on its way is dropped, and room comes back', async () => {
    const account = await createAccount();
    const written: Promise<unknown>[] = [];
    const { requestLog } = createServices(env, configOf(env), (work) => void written.push(work));
    for (let index = 0; index < MAX_OPEN_APPENDS + 50; index += 1) requestLog.append(proxiedRequest(account.id));
    await Promise.all(written);
    expect((await list(account.key)).body.total_count).toBe(MAX_OPEN_APPENDS);
    await logRequests([proxiedRequest(account.id)]);
    expect((await list(account.key)).body.total_count).toBe(MAX_OPEN_APPENDS + 1);
  });
});
