import { env, exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { BUILTIN_ADMIN_ID } from '../../../src/accounts/authentication.service.ts';
import { configOf } from '../../../src/config.ts';
import { createServices } from '../../../src/services.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call } from '../../support/harness.ts';
import { type Arrival, ROUTING_LOGIN } from '../../support/routing-peers.ts';
import { arrivalsOf, bad, errorOf, forward, freshTarget, good, headersOf, locked, origin } from './support.ts';

describe('what is asked for', () => {
  test('goes to the target through an IP, and the answer says which', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const response = await forward(target.url('/echo/a%20b'), {
      method: 'POST',
      body: 'hello',
      headers: {
        authorization: 'Basic dXBzdHJlYW0=',
        'x-own': '1',
        'x-proxy-hopper-tag': 't',
        'x-forwarded-for': '9.9.9.9',
        'cdn-loop': 'cloudflare; loops=1',
      },
    });
    expect(response.status).toBe(200);
    const seen = await response.json<Arrival>();
    expect(seen).toMatchObject({ method: 'POST', from: '127.0.20.1', bodyBytes: 5 });
    expect(seen.url).toBe(`/echo/a%20b?for=${target.name}`);
    const headers = headersOf(seen);
    expect(headers).toMatchObject({ host: new URL(origin).host, 'x-own': '1', authorization: 'Basic dXBzdHJlYW0=' });
    expect(Object.keys(headers).filter((name) => /^x-proxy-hopper|^x-forwarded|^cf-|^cdn-|^proxy-/.test(name))).toEqual(
      [],
    );
    expect(JSON.stringify(seen)).not.toContain(adminKey);
    expect(response.headers.get('x-proxy-ip')).toBe(good[0]);
    expect(response.headers.get('x-proxy-attempts')).toBe('1');
    expect(Number(response.headers.get('x-proxy-queue-ms'))).toBeGreaterThanOrEqual(0);
  });

  test('may stand in X-Proxy-Hopper-Target, which wins over whatever path, with a base path before it', async () => {
    const target = await freshTarget(good.slice(0, 1));
    for (const path of ['/echo/x', '/proxies', '/forward/http://elsewhere.example/', '/api/proxy_x/y']) {
      const base = path === '/echo/x' ? origin : `${origin}/echo`;
      const response = await exports.default.fetch(
        new Request(`http://switchyard.test${path}?for=${target.name}`, {
          headers: { 'x-proxy-hopper-target': base, authorization: `Bearer ${adminKey}` },
        }),
      );
      const seen = await response.json<Arrival>();
      expect(seen.url).toBe(`${base === origin ? '' : '/echo'}${path}?for=${target.name}`);
      expect(headersOf(seen)).not.toHaveProperty('authorization');
    }
  });

  test.each(['/proxies', '/api/v1/status', '/api/sessions', '/ws', '/graphql', '/api/proxy_x/y', '/nowhere'])(
    'is refused in the forward’s own words where X-Proxy-Hopper-Target comes to %s',
    async (path) => {
      const ask = (headers: Record<string, string>) =>
        exports.default.fetch(new Request(`http://switchyard.test${path}`, { headers }));
      const named = { 'x-proxy-hopper-target': 'http://nobody.example' };
      expect(await errorOf(await ask(named))).toEqual({ status: 401, code: 'UNAUTHORIZED' });
      const keyed = { ...named, 'x-proxy-hopper-auth': `Bearer ${adminKey}` };
      expect(await errorOf(await ask(keyed))).toEqual({ status: 502, code: 'NO_TARGET' });
      const misled = { ...keyed, 'x-proxy-hopper-target': 'http://user@nobody.example' };
      expect(await errorOf(await ask(misled))).toEqual({ status: 422, code: 'VALIDATION_ERROR' });
    },
  );

  test('needs a key, a role that the target takes, and a target that matches', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const forAll = await freshTarget(good.slice(1, 2), { allowedRoles: ['viewer'] });
    const viewer = await createAccount();
    expect(await errorOf(await forward(target.url('/echo'), { key: null }))).toEqual({
      status: 401,
      code: 'UNAUTHORIZED',
    });
    const refused = await forward(target.url('/echo'), { key: viewer.key });
    expect(await errorOf(refused)).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect((await forward(forAll.url('/echo'), { key: viewer.key })).status).toBe(200);
    expect(await errorOf(await forward(forAll.url('/echo')))).toEqual({ status: 403, code: 'FORBIDDEN' });
    const unknown = await forward(`${origin}/echo?for=nobody`);
    expect(await errorOf(unknown)).toEqual({ status: 502, code: 'NO_TARGET' });
    expect(await arrivalsOf(target)).toEqual([]);
  });

  test('is refused where it is no plain URL: another scheme, a user name, a target header with a query', async () => {
    for (const url of ['ftp://x.example/', 'http://user@127.0.0.1/', 'http://@127.0.0.1/', 'https:///', 'nonsense']) {
      expect(await errorOf(await forward(url))).toEqual({ status: 422, code: 'VALIDATION_ERROR' });
    }
    const response = await exports.default.fetch(
      new Request('http://switchyard.test/', {
        headers: { 'x-proxy-hopper-target': `${origin}/?a=b`, 'x-api-key': adminKey },
      }),
    );
    expect(response.status).toBe(422);
  });

  test('a key that came by another header goes nowhere either', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const both = { authorization: `Bearer ${adminKey}`, 'x-api-key': adminKey };
    const seen = await (await forward(target.url('/echo'), { headers: both })).json<Arrival>();
    expect(JSON.stringify(seen)).not.toContain(adminKey);
    const byApiKey = await forward(target.url('/echo'), {
      key: null,
      headers: { authorization: 'Token upstream', 'x-api-key': adminKey },
    });
    const passed = await byApiKey.json<Arrival>();
    expect(headersOf(passed).authorization).toBe('Token upstream');
    expect(JSON.stringify(passed)).not.toContain(adminKey);
  });
});

describe('the answer', () => {
  test('comes as it is: status, headers, encoding, redirects that are not followed, after interim ones', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const teapot = await forward(target.url('/status/418'));
    expect([teapot.status, teapot.headers.get('x-upstream'), await teapot.text()]).toEqual([418, 'yes', 'the answer']);
    const redirect = await forward(target.url('/redirect'));
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'http://elsewhere.example/']);
    expect(await (await forward(target.url('/hints'))).text()).toBe('after hints');
    const head = await forward(target.url('/bytes/1000'), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const large = await forward(target.url('/bytes/3000000'));
    expect((await large.arrayBuffer()).byteLength).toBe(3_000_000);
  });

  test('is passed on while it comes', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const response = await forward(target.url('/pieces'));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toMatchObject({ value: 'first,' });
    expect(await target.rotor.states()).toMatchObject([{ state: 'IN_USE' }]);
    expect(await reader?.read()).toMatchObject({ value: 'last' });
    expect(await reader?.read()).toMatchObject({ done: true });
    await expect.poll(() => target.rotor.states()).toMatchObject([{ state: 'FREE', requestCount: 1 }]);
  });

  test('that nobody reads to its end gives the IP back, and its connection with it', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const response = await forward(target.url('/endless'));
    await response.body?.cancel();
    await expect.poll(() => target.rotor.states()).toMatchObject([{ state: 'FREE', failures: 0 }]);
    expect(await target.rotor.metrics()).toMatchObject({ outcomes: { cancelled: 1, success: 0 } });
  });
});

describe('a proxy with a password', () => {
  test.each(['http', 'https', 'socks4', 'socks5'] as const)(
    'is told it, and the target is not: %s',
    async (protocol) => {
      const target = await freshTarget([locked[protocol]], {}, ROUTING_LOGIN);
      const response = await forward(target.url('/echo'));
      expect(response.status).toBe(200);
      const seen = await response.json<Arrival>();
      expect(JSON.stringify(seen)).not.toMatch(/routing-password|proxy-authorization/i);
      expect(response.headers.get('x-proxy-ip')).toBe(locked[protocol]);
    },
  );
});

/** What a try through such a proxy is, and what a caller without retries is told. */
const failures = {
  refused: ['connection_error', 502, 'TARGET_UNREACHABLE'],
  resetBeforeHead: ['connection_error', 502, 'TARGET_UNREACHABLE'],
  closedBeforeHead: ['connection_error', 502, 'TARGET_UNREACHABLE'],
  garbage: ['connection_error', 502, 'BAD_UPSTREAM_RESPONSE'],
  twoLengths: ['connection_error', 502, 'BAD_UPSTREAM_RESPONSE'],
  strangeStatus: ['connection_error', 502, 'BAD_UPSTREAM_RESPONSE'],
  wantsPassword: ['connection_error', 502, 'TARGET_UNREACHABLE'],
} as const;

describe('a target that speaks TLS', () => {
  const { good: server, untrusted } = env.TEST_PEERS.tls.servers;
  const withRoot = { ...env, TLS_EXTRA_ROOTS: env.TEST_PEERS.tls.root };
  const { forwarding } = createServices(env, configOf(withRoot), (work) => void work.catch(() => undefined));
  const builtinAdmin = { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' } as const;

  test.each(['http', 'https', 'socks4', 'socks5'] as const)(
    'is reached through a tunnel of a proxy that speaks %s, its certificate verified by us',
    async (protocol) => {
      const path = crypto.randomUUID();
      const overrides = { regex: `^https://localhost:[0-9]+/${path}$`, numRetries: 0 };
      const isOpen = protocol === 'http';
      await freshTarget([isOpen ? (good[0] ?? '') : locked[protocol]], overrides, isOpen ? null : ROUTING_LOGIN);
      const outcomes: unknown[] = [];
      for (const peer of [server, untrusted]) {
        const url = new URL(`https://localhost:${peer?.port}/${path}`);
        const request = new Request('http://switchyard.test/', { headers: { 'x-own': '1' } });
        const call = { caller: builtinAdmin, keySource: 'authorization', url, remoteAddress: null } as const;
        const answer = await forwarding.forward(request, call).catch((error: unknown) => error);
        if (answer instanceof Response) outcomes.push(await answer.json());
        else outcomes.push(answer);
      }
      expect(outcomes).toMatchObject([{ name: 'localhost' }, { code: 'TARGET_UNREACHABLE' }]);
    },
  );
});

describe('a proxy that fails', () => {
  test.each(Object.keys(failures) as (keyof typeof failures)[])(
    '%s: another IP is tried, and the failure counted',
    async (name) => {
      const [outcome, status, code] = failures[name];
      const target = await freshTarget([bad[name] ?? '', good[0] ?? '']);
      const response = await forward(target.url('/echo'), { method: 'POST', body: 'again' });
      expect([response.status, response.headers.get('x-proxy-attempts')]).toEqual([200, '2']);
      expect(await response.json<Arrival>()).toMatchObject({ from: '127.0.20.1', bodyBytes: 5 });
      const alone = await forward(target.url('/echo'), {
        headers: { 'x-proxy-hopper-retries': '0', 'x-proxy-hopper-force-ip': bad[name] ?? '' },
      });
      expect(alone.headers.get('x-proxy-attempts')).toBe('1');
      expect(await errorOf(alone)).toEqual({ status, code });
      await expect
        .poll(async () => (await target.rotor.metrics()).outcomes)
        .toMatchObject({ [outcome]: 2, success: 1 });
      expect(await target.rotor.states()).toMatchObject([{ failures: 2 }, { failures: 0 }]);
    },
  );

  test.each([
    ['limited', 429, 'rate_limited', 'slow'],
    ['badGateway', 502, 'server_error', 'bad'],
  ] as const)('%s: tried elsewhere, and passed on where it was the last', async (name, status, outcome, body) => {
    const target = await freshTarget([bad[name] ?? '', good[0] ?? '']);
    expect((await forward(target.url('/echo'))).headers.get('x-proxy-attempts')).toBe('2');
    const last = await forward(target.url('/echo'), { headers: { 'x-proxy-hopper-force-ip': bad[name] ?? '' } });
    expect([last.status, await last.text()]).toEqual([status, body]);
    await expect.poll(async () => (await target.rotor.metrics()).outcomes).toMatchObject({ [outcome]: 2, success: 1 });
  });

  test.each(['truncated', 'truncatedChunks', 'resetAfterHead'])(
    '%s: the caller sees that something is missing',
    async (name) => {
      const target = await freshTarget([bad[name] ?? '']);
      const response = await forward(target.url('/echo'));
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
      await expect.poll(async () => (await target.rotor.metrics()).outcomes).toMatchObject({ connection_error: 1 });
    },
  );

  test('an answer without a length ends with its connection, one without a body has none', async () => {
    const target = await freshTarget([bad.untilClose ?? '']);
    expect(await (await forward(target.url('/echo'))).text()).toBe('until the end');
    const nothing = await forward((await freshTarget([bad.noContent ?? ''])).url('/echo'));
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
    await expect.poll(async () => (await target.rotor.metrics()).outcomes).toMatchObject({ success: 1 });
  });

  test('a retry through the only IP there is goes over the connection that it left clean', async () => {
    const { host, port } = env.TEST_PEERS.net.keepsAlive ?? { host: '', port: 0 };
    const only = await freshTarget([`${host}:${port}`]);
    const busy = await forward(only.url(`/busyOnce?id=${only.name}`));
    const placeOf = ({ headers }: Response) => ['x-proxy-attempts', 'x-place'].map((name) => headers.get(name));
    expect([busy.status, ...placeOf(busy)]).toEqual([200, '2', '2']);
    // What must not be sent twice has a connection of its own each time, and so has whoever asks next.
    const post = await forward(only.url(`/busyOnce?id=${only.name}-post`), { method: 'POST', body: 'once' });
    expect([post.status, ...placeOf(post)]).toEqual([200, '2', '1']);
    expect(placeOf(await forward(only.url('/length')))).toEqual(['1', '1']);
    const two = await freshTarget([`${host}:${port}`, good[0] ?? '']);
    expect(placeOf(await forward(two.url(`/busyOnce?id=${two.name}`)))).toEqual(['2', null]);
    await expect.poll(async () => (await only.rotor.metrics()).outcomes).toMatchObject({ server_error: 2, success: 3 });
  });

  test('after failures in a row it is quarantined: a forced request is refused at once', async () => {
    const target = await freshTarget([bad.refused ?? ''], { ipFailuresUntilQuarantine: 2, numRetries: 1 });
    expect((await forward(target.url('/echo'))).status).toBe(502);
    // What became of a request is told after its answer.
    await expect.poll(() => target.rotor.states()).toMatchObject([{ state: 'QUARANTINED', failures: 2 }]);
    const forced = { headers: { 'x-proxy-hopper-force-ip': bad.refused ?? '' } };
    expect(await errorOf(await forward(target.url('/echo'), forced))).toEqual({ status: 502, code: 'IP_QUARANTINED' });
    const unknown = { headers: { 'x-proxy-hopper-force-ip': '127.0.0.9:1' } };
    expect(await errorOf(await forward(target.url('/echo'), unknown))).toEqual({ status: 502, code: 'IP_NOT_IN_POOL' });
  });

  test('a caller that leaves while it hangs frees the IP, and one that waits leaves the line', async () => {
    const target = await freshTarget([bad.hang ?? '']);
    const { forwarding } = createServices(env, configOf(env), (work) => void work.catch(() => undefined));
    const caller = { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' } as const;
    const [first, second] = [new AbortController(), new AbortController()];
    const [hanging, waiting] = [first, second].map(({ signal }) => {
      const request = new Request('http://switchyard.test/', { signal });
      const url = new URL(target.url('/echo'));
      return forwarding
        .forward(request, { caller, keySource: 'authorization', url, remoteAddress: null })
        .catch(() => 'gone');
    });
    await expect.poll(() => target.rotor.metrics()).toMatchObject({ waiters: 1, ips: { IN_USE: 1 } });
    second.abort();
    expect(await waiting).toBe('gone');
    await expect.poll(() => target.rotor.metrics()).toMatchObject({ waiters: 0 });
    first.abort();
    expect(await hanging).toBe('gone');
    await expect.poll(() => target.rotor.states()).toMatchObject([{ state: 'FREE', failures: 0 }]);
    expect(await target.rotor.metrics()).toMatchObject({ outcomes: { cancelled: 1 } });
  });
});

describe('bodies', () => {
  test('of up to a mebibyte are sent again, larger ones are not, and more than ten are refused', async () => {
    const target = await freshTarget([bad.resetBeforeHead ?? '', good[0] ?? '']);
    const small = await forward(target.url('/echo'), { method: 'PUT', body: new Uint8Array(1024 * 1024) });
    expect(await small.json<Arrival>()).toMatchObject({ bodyBytes: 1024 * 1024 });
    const once = await freshTarget([bad.resetBeforeHead ?? '']);
    const large = await forward(once.url('/echo'), { method: 'PUT', body: new Uint8Array(1024 * 1024 + 1) });
    expect(large.headers.get('x-proxy-attempts')).toBe('1');
    expect(large.status).toBe(502);
    const tooLarge = await forward(target.url('/echo'), { method: 'PUT', body: new Uint8Array(10 * 1024 * 1024 + 1) });
    expect(await errorOf(tooLarge)).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  test('stream through, with a length or without', async () => {
    const target = await freshTarget(good.slice(0, 1));
    const announced = await forward(target.url('/echo'), { method: 'PUT', body: new Uint8Array(3_000_000) });
    expect(await announced.json<Arrival>()).toMatchObject({ bodyBytes: 3_000_000 });
    const endless = (bytes: number) => {
      let left = bytes;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left <= 0) return controller.close();
          controller.enqueue(new Uint8Array(Math.min(left, 65_536)));
          left -= 65_536;
        },
      });
    };
    const chunked = await forward(target.url('/echo'), { method: 'PUT', body: endless(2_000_000) });
    expect(await chunked.json<Arrival>()).toMatchObject({ bodyBytes: 2_000_000 });
    const tooLarge = await forward(target.url('/echo'), { method: 'PUT', body: endless(11 * 1024 * 1024) });
    expect(await errorOf(tooLarge)).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });
});

describe('taking turns', () => {
  test('each IP comes to the target at most once an interval, and all of them come', async () => {
    const intervalMs = 1_000;
    const target = await freshTarget(good.slice(0, 3), { minRequestIntervalMs: intervalMs });
    const responses = await Promise.all(Array.from({ length: 9 }, () => forward(target.url('/echo'))));
    for (const response of responses) await response.text();
    const byAddress = Map.groupBy(await arrivalsOf(target), ({ from }) => from);
    expect([...byAddress.keys()].sort()).toEqual(['127.0.20.1', '127.0.20.2', '127.0.20.3']);
    for (const arrivals of byAddress.values()) {
      expect(arrivals).toHaveLength(3);
      for (const [index, { atMs }] of arrivals.entries()) {
        // It counts from the sending: on a busy machine the way to the target takes a request much longer than another.
        if (index > 0) expect(atMs - (arrivals[index - 1]?.atMs ?? 0)).toBeGreaterThan(intervalMs / 2);
      }
    }
  });

  test('whoever finds no IP in time is told so, with the wait it had', async () => {
    const target = await freshTarget(good.slice(0, 1), { minRequestIntervalMs: 60_000, maxQueueWaitMs: 200 });
    await (await forward(target.url('/echo'))).text();
    expect(await errorOf(await forward(target.url('/echo')))).toEqual({ status: 503, code: 'QUEUE_TIMEOUT' });
    expect(await target.rotor.metrics()).toMatchObject({ queueTimeouts: 1 });
  });
});

test('requests are in the log of their account, without its key and the caller\u2019s credentials', async () => {
  const target = await freshTarget([bad.refused ?? '', good[0] ?? '']);
  const headers = { authorization: 'Basic dXBzdHJlYW06c2VjcmV0', 'x-proxy-hopper-tag': 'tagged' };
  await (await forward(target.url('/status/404'), { headers })).text();
  const logged = async () => {
    const path = `/api/v1/proxy/requests?subdomain=${target.name}`;
    return (await call<{ requests: Record<string, unknown>[] }>('GET', path, { key: adminKey })).body.requests;
  };
  await expect.poll(logged).toHaveLength(1);
  const [entry] = await logged();
  expect(entry).toMatchObject({ method: 'GET', status_code: 404 });
  const detail = await call('GET', `/api/v1/proxy/requests/${entry?.id}`, { key: adminKey });
  expect(detail.text).toContain('tagged');
  expect(detail.text).toContain(good[0]);
  expect(detail.text).not.toContain('dXBzdHJlYW06c2VjcmV0');
  expect(detail.text).not.toContain(adminKey);
});
