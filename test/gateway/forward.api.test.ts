import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { call } from '../support/harness.ts';
import { injectionStrings } from '../support/injection-strings.ts';
import { callerKey, callThrough, createPart, createProxy, echoUrl, seenBy, targetSecret } from './support.ts';

const lists = env.TEST_PEERS.sources.lists ?? '';
const closed = env.TEST_PEERS.net.closedPort ?? { host: '', port: 0 };

async function refusal(response: Response) {
  const { error } = await response.json<{ error: { code: string } }>();
  return [response.status, error.code, response.headers.get('requestrocket-proxy-code')];
}

describe('a call through a gateway proxy', () => {
  it('keeps method, path, query, headers and body, and loses what belongs to the connection', async () => {
    const { proxyId } = await createProxy();
    const answer = await callThrough(`/api/${proxyId}/a%20b/c;d?x=1&x=%2F+&y`, {
      method: 'PATCH',
      headers: {
        'content-type': 'text/plain',
        'x-mine': 'kept',
        connection: 'x-hop',
        'x-hop': 'dropped',
        'x-forwarded-for': '203.0.113.9',
        te: 'trailers',
      },
      body: 'the body',
    });
    const { requestLine, headers, body } = await seenBy(answer);
    expect(requestLine).toBe('PATCH /a%20b/c;d?x=1&x=%2F+&y HTTP/1.1');
    expect(body).toBe('the body');
    expect(headers).toMatchObject({ 'x-mine': 'kept', 'content-type': 'text/plain', 'content-length': '8' });
    for (const name of ['x-hop', 'x-forwarded-for', 'te', 'x-api-key']) expect(headers).not.toHaveProperty(name);
    expect(headers.authorization).toBe(`Bearer ${targetSecret}`);
  });

  it('goes below the path of the base URL, by id or by client and alias', async () => {
    const { client, proxyId } = await createProxy({
      target: { targetBaseURL: `${echoUrl}/base/` },
      proxy: { proxyAlias: 'echo' },
    });
    for (const name of [proxyId, `${client.clientId}/echo`]) {
      expect((await seenBy(await callThrough(`/api/${name}/x`))).requestLine).toBe('GET /base/x HTTP/1.1');
    }
    expect((await seenBy(await callThrough(`/api/${proxyId}`))).requestLine).toBe('GET /base/ HTTP/1.1');
  });

  it.each([
    '//127.0.0.1:1/x',
    '/%2e%2e/%2e%2e/x',
    '/..%2f..%2fx',
    '/\\127.0.0.1:1/x',
    '/@127.0.0.1:1/',
    ':1@127.0.0.1/',
    '/http://127.0.0.1:1/',
    '/%0d%0aHost:%20elsewhere/',
    '/x?@127.0.0.1:1#/../..',
  ])('never leaves the origin of its target: %s', async (path) => {
    const { proxyId } = await createProxy({ target: { targetBaseURL: `${echoUrl}/base` } });
    const answer = await callThrough(`/api/${proxyId}${path}`);
    if (answer.status !== 200) return expect(answer.status).toBe(404);
    const { requestLine, headers } = await seenBy(answer);
    expect(requestLine).toMatch(/^GET \/base\/\S* HTTP\/1\.1$/);
    expect(`http://${headers.host}`).toBe(echoUrl);
    expect(Object.keys(headers).filter((name) => name === 'host')).toHaveLength(1);
  });

  it('answers HEAD, redirects that are passed back, statuses without a body, and compressed bytes as they came', async () => {
    const { proxyId } = await createProxy({ target: { targetBaseURL: lists } });
    const head = await callThrough(`/api/${proxyId}/lines.txt`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const redirect = await callThrough(`/api/${proxyId}/redirect.txt?to=/elsewhere`);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, '/elsewhere']);
    const bodiless = await callThrough(`/api/${proxyId}/status.txt?status=304`);
    expect([bodiless.status, await bodiless.text()]).toEqual([304, '']);
    const gzip = await callThrough(`/api/${proxyId}/gzip.txt`, { headers: { 'accept-encoding': 'gzip' } });
    expect(gzip.headers.get('content-encoding')).toBe('gzip');
    expect(await gzip.text()).toBe('127.17.0.1:80\n127.17.0.2:80\n');
    const missing = await callThrough(`/api/${proxyId}/no-such-path`);
    expect([missing.status, missing.headers.get('requestrocket-proxy-code')]).toEqual([404, 'proxy-access-granted']);
  });

  it('passes large bodies through as streams, and an endless one as it comes', async () => {
    const { proxyId } = await createProxy({ target: { targetBaseURL: lists } });
    const many = await callThrough(`/api/${proxyId}/lines.txt?count=300000`);
    expect((await many.text()).split('\n')).toHaveLength(300_001);
    const endless = await callThrough(`/api/${proxyId}/drip.txt`);
    const reader = endless.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toMatch(/^127\.12\.0\.1/);
    await reader?.cancel();
    const body = 'x'.repeat(1_000_000);
    const { proxyId: echo } = await createProxy();
    expect((await seenBy(await callThrough(`/api/${echo}/`, { method: 'POST', body }))).body).toBe(body);
  });

  it('says that the target cannot be reached, with access granted', async () => {
    const { proxyId } = await createProxy({ target: { targetBaseURL: `http://${closed.host}:${closed.port}` } });
    expect(await refusal(await callThrough(`/api/${proxyId}/`))).toEqual([
      502,
      'TARGET_UNREACHABLE',
      'proxy-access-granted',
    ]);
    const reached = await callThrough(`/api/${proxyId}/`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(reached.status).toBe(502);
  });

  it.each(['nowhere', 'http://', 'file:///etc/passwd', 'http://user@example.com/'])(
    'says the same, and sends nothing, when what is stored as its address is %s',
    async (stored) => {
      const { proxyId, targetId } = await createProxy();
      await env.DB.prepare('UPDATE gateway_targets SET base_url = ?1 WHERE id = ?2').bind(stored, targetId).run();
      const answer = await callThrough(`/api/${proxyId}/`);
      expect(await refusal(answer)).toEqual([502, 'TARGET_UNREACHABLE', 'proxy-access-denied']);
    },
  );
});

describe('the credential of a caller', () => {
  it.each([
    ['key', { credentialSecret: { key: 'X-Key', value: 'v' } }, { 'x-key': 'v' }, ''],
    ['apiKey in the query', { credentialSecret: { key: 'k', value: 'v', addToQuery: true } }, {}, 'k=v'],
    ['bearer', { credentialAuthType: 'bearer', credentialSecret: { token: 't' } }, { authorization: 'Bearer t' }, ''],
    ['jwt, bare', { credentialAuthType: 'jwt', credentialSecret: { token: 't' } }, { authorization: 't' }, ''],
    [
      'basic',
      { credentialAuthType: 'basic', credentialSecret: { username: 'u', password: 'p:w' } },
      { authorization: 'basic dTpwOnc=' },
      '',
    ],
    [
      'a query parameter',
      { credentialAuthType: 'bearer', credentialSecret: { token: 't' } },
      {},
      'Authorization=Bearer+t',
    ],
  ])('is taken as %s, and never passed on', async (_case, credential, headers, query) => {
    const { proxyId } = await createProxy({
      proxyCredential: credential,
      targetCredential: { credentialAuthType: 'none', credentialSecret: {} },
    });
    const url = `/api/${proxyId}/?a=1&${query}`;
    const seen = await seenBy(await callThrough(url, { headers: { 'x-api-key': 'other', ...headers } }));
    expect(seen.requestLine).toBe('GET /?a=1 HTTP/1.1');
    for (const name of [...Object.keys(headers), 'authorization']) expect(seen.headers).not.toHaveProperty(name);
    const without = await callThrough(`/api/${proxyId}/?a=1`, { headers: { 'x-api-key': 'other' } });
    expect(await refusal(without)).toEqual([401, 'UNAUTHORIZED', 'proxy-access-denied']);
    const wrong = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}x`]));
    const refused = await callThrough(`/api/${proxyId}/?${query}x`, { headers: { 'x-api-key': 'other', ...wrong } });
    expect(refused.status).toBe(401);
  });

  it('is asked for before anything else is said of a proxy', async () => {
    const { client, proxyId } = await createProxy({ proxy: { proxyActive: false, proxyDefaultRuleEffect: 'deny' } });
    const wrong = { headers: { 'x-api-key': 'wrong' } };
    expect((await callThrough(`/api/proxy_${'0'.repeat(32)}/`, wrong)).status).toBe(404);
    expect((await callThrough(`/api/${client.clientId}/nothing/`, wrong)).status).toBe(404);
    expect((await callThrough(`/api/${proxyId}/`, wrong)).status).toBe(401);
    expect((await callThrough(`/api/${proxyId}/`, { headers: { 'x-api-key': client.key } })).status).toBe(401);
    expect(await refusal(await callThrough(`/api/${proxyId}/`))).toEqual([
      403,
      'PROXY_INACTIVE',
      'proxy-access-denied',
    ]);
  });
});

describe('the credential of a target', () => {
  it.each([
    ['key', { credentialSecret: { key: 'X-Key', value: 'v' } }, 'x-key', 'v', ''],
    [
      'key in the query',
      { credentialSecret: { key: 'k', value: 'v&w', addToQuery: true } },
      'x-key',
      undefined,
      '&k=v%26w',
    ],
    ['bearer', { credentialAuthType: 'bearer', credentialSecret: { token: 't' } }, 'authorization', 'Bearer t', ''],
    [
      'basic',
      { credentialAuthType: 'basicAuth', credentialSecret: { username: 'u', password: 'p' } },
      'authorization',
      'Basic dTpw',
      '',
    ],
  ])('is shown as %s, in place of what the caller sent there', async (_case, credential, header, value, query) => {
    const { proxyId } = await createProxy({ targetCredential: { credentialAuthType: 'key', ...credential } });
    const callers = { 'x-key': 'theirs', authorization: 'Bearer theirs' };
    const seen = await seenBy(await callThrough(`/api/${proxyId}/?a=1${query && '&k=theirs'}`, { headers: callers }));
    expect(seen.requestLine).toBe(`GET /?a=1${query} HTTP/1.1`);
    if (value !== undefined) expect(seen.headers[header]).toBe(value);
  });

  it('comes back in no URL of an answer', async () => {
    const { proxyId } = await createProxy({
      target: { targetBaseURL: lists },
      targetCredential: {
        credentialAuthType: 'key',
        credentialSecret: { key: 'api_key', value: targetSecret, addToQuery: true },
      },
      proxy: { proxyAdditionalQueryParams: { tenant: 'internal' } },
    });
    const locationOf = async (to: string) => {
      const answer = await callThrough(`/api/${proxyId}/redirect.txt?to=${encodeURIComponent(to)}`);
      expect(answer.status).toBe(302);
      return answer.headers.get('location');
    };
    expect(await locationOf(`/next?page=2&api_key=${targetSecret}&tenant=internal#x`)).toBe('/next?page=2#x');
    expect(await locationOf(`/next?api_key=${targetSecret}`)).toBe('/next');
    expect(await locationOf(`/next?a%70i_key=${targetSecret}&b`)).toBe('/next?b');
    expect(await locationOf(`/login?then=${encodeURIComponent(`/x?api_key=${targetSecret}`)}`)).toBeNull();
    expect(await locationOf(`/${targetSecret}`)).toBeNull();
  });
});

describe('what a proxy adds', () => {
  it('wins over what the caller sent, in headers, query and JSON bodies', async () => {
    const { proxyId } = await createProxy({
      proxy: {
        proxyAdditionalHeaders: { 'X-Team': 'ours' },
        proxyAdditionalQueryParams: { team: 'ours' },
        proxyAdditionalData: { team: 'ours', nested: { a: 1 } },
      },
    });
    const send = (body: string, method = 'POST', contentType = 'application/json') =>
      callThrough(`/api/${proxyId}/?team=theirs&x=1`, {
        method,
        headers: { 'x-team': 'theirs', 'content-type': contentType },
        body,
      });
    const seen = await seenBy(await send('{"team":"theirs","nested":{"b":2},"id":9007199254740993,"price":1.10}'));
    expect(seen.requestLine).toBe('POST /?x=1&team=ours HTTP/1.1');
    expect(seen.headers['x-team']).toBe('ours');
    expect(seen.body).toBe('{"team":"ours","nested":{"a":1},"id":9007199254740993,"price":1.10}');
    expect((await seenBy(await send(''))).body).toBe('{"team":"ours","nested":{"a":1}}');
    expect((await seenBy(await send('a=1', 'POST', 'application/x-www-form-urlencoded'))).body).toBe('a=1');
    expect((await seenBy(await send('{"a":1}', 'DELETE'))).body).toBe('{"a":1}');
    for (const body of ['{"a":', '[1]', '"x"']) expect((await send(body)).status).toBe(400);
  });

  it('can hold no line end: 200 injections are refused, or end up inside one line', async () => {
    const { client, proxyId } = await createProxy();
    const path = `/api/clients/${client.clientId}/proxies/${proxyId}`;
    for (const text of injectionStrings) {
      const json = { proxyAdditionalHeaders: { 'x-value': text } };
      const reply = await call('PUT', path, { key: client.key, json });
      const isPlain = /^[\x20-\x7e]*$/.test(text);
      expect([text, reply.status]).toEqual([text, isPlain ? 200 : 422]);
    }
  });
});

describe('rules and limits', () => {
  it('refuse a call whose path, decoded and resolved, is denied', async () => {
    const made = await createProxy();
    await createPart(made.client, `targets/${made.targetId}/rules`, { effect: 'deny', path: { pattern: '^/admin' } });
    for (const path of ['/admin', '/%61dmin', '/x/..%2fadmin', '/x/%2e%2e/admin', '/./admin/x']) {
      const answer = await callThrough(`/api/${made.proxyId}${path}`);
      expect([path, ...(await refusal(answer))]).toEqual([path, 403, 'RULE_DENIED', 'proxy-access-denied']);
    }
    expect((await callThrough(`/api/${made.proxyId}/public`)).status).toBe(200);
  });

  it('allow only what a rule allows when the default is to deny', async () => {
    const made = await createProxy({ proxy: { proxyDefaultRuleEffect: 'deny' } });
    await createPart(made.client, `proxies/${made.proxyId}/rules`, {
      effect: 'allow',
      methods: ['get'],
      headerChecks: [{ name: 'x-role', value: '^reader$' }],
      queryChecks: [{ name: 'debug', presence: 'absent' }],
    });
    const status = async (query: string, init: RequestInit) =>
      (await callThrough(`/api/${made.proxyId}/${query}`, init)).status;
    const headers = { 'x-role': 'reader' };
    expect(await status('', { headers })).toBe(200);
    expect(await status('', {})).toBe(403);
    expect(await status('?debug=1', { headers })).toBe(403);
    expect(await status('', { method: 'DELETE', headers })).toBe(403);
  });

  it('count the calls of a minute, and those of a day', async () => {
    for (const [limit, inWords] of [
      ['proxyMaxRequestsPerMinute', '3 a minute'],
      ['proxyMaxRequestsPerDay', '3 a day'],
    ] as const) {
      const { proxyId } = await createProxy({ proxy: { [limit]: 3 } });
      const statuses: number[] = [];
      for (let sent = 0; sent < 8; sent += 1) {
        const answer = await callThrough(`/api/${proxyId}/`);
        statuses.push(answer.status);
        if (answer.status === 429) expect(await answer.text()).toContain(`this proxy takes ${inWords}.`);
      }
      // A new minute may begin meanwhile, once.
      expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
      expect(statuses).toContain(429);
      const wrong = await callThrough(`/api/${proxyId}/`, { headers: { 'x-api-key': `${callerKey}x` } });
      expect(wrong.status).toBe(401);
    }
  });
});
