import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/config.ts';
import { readCall } from '../../src/gateway/forward/forward.routes.ts';
import { SNAPSHOT_MS } from '../../src/gateway/forward/snapshot.client.ts';
import { createServices } from '../../src/services.ts';
import { arrivalsOf, bad, freshTarget, good, headersOf, origin } from '../routing/forward/support.ts';
import { dataOf } from '../routing/graphql/ask.ts';
import { escapePaths } from '../support/escape-paths.ts';
import { createAccount } from '../support/factories.ts';
import { adminKey, call, errorCode } from '../support/harness.ts';
import type { Arrival } from '../support/routing-peers.ts';
import { logged, sum, untilCounted } from './observed.ts';
import { callerKey, callThrough, createClient, createProxy, targetSecret } from './support.ts';

const forAll = { allowedRoles: ['viewer'] } as const;

/** A gateway proxy whose calls go out through these IPs. */
async function createEgressProxy(ips: readonly string[], overrides: Parameters<typeof freshTarget>[1] = {}) {
  const routing = await freshTarget(ips, { ...forAll, ...overrides });
  const proxy = await createProxy({
    target: { targetBaseURL: origin },
    proxy: { proxyEgressTarget: routing.name },
  });
  return {
    routing,
    proxy,
    path: (rest: string) => `/api/${proxy.proxyId}${rest}${rest.includes('?') ? '&' : '?'}for=${routing.name}`,
  };
}

async function refusal(response: Response) {
  const { error } = await response.json<{ error: { code: string; message: string } }>();
  return [response.status, error.code, response.headers.get('requestrocket-proxy-code')];
}

describe('a proxy with an egress target', () => {
  it('shows the vault’s credential through one IP after another, and both legs are counted', async () => {
    const { routing, proxy, path } = await createEgressProxy(good.slice(0, 2), { minRequestIntervalMs: 60_000 });
    const shown: (string | null)[] = [];
    for (const number of [1, 2]) {
      const answer = await callThrough(path(`/echo/${number}`), { method: 'POST', body: 'hello' });
      expect([answer.status, answer.headers.get('requestrocket-proxy-code')]).toEqual([200, 'proxy-access-granted']);
      expect(answer.headers.get('x-proxy-attempts')).toBe('1');
      shown.push(answer.headers.get('x-proxy-ip'));
      const seen = await answer.json<Arrival>();
      expect(headersOf(seen)).toMatchObject({ authorization: `Bearer ${targetSecret}`, host: new URL(origin).host });
      expect(JSON.stringify(seen)).not.toContain(callerKey);
      expect(seen).toMatchObject({ method: 'POST', bodyBytes: 5 });
    }
    expect([...shown].sort()).toEqual(good.slice(0, 2).sort());
    expect((await arrivalsOf(routing)).map(({ from }) => from).sort()).toEqual(['127.0.20.1', '127.0.20.2']);
    const counted = await untilCounted(proxy, 2);
    expect([sum(counted, 'codeCountMap', '200:proxy'), sum(counted, 'codeCountMap', '200:target')]).toEqual([2, 2]);
    expect(await routing.rotor.metrics()).toMatchObject({ outcomes: { success: 2 }, latencyCount: 2 });
    for (const { id } of await logged(proxy, 2)) {
      const { text } = await call('GET', `/api/v1/proxy/requests/${id}`, { key: proxy.client.key });
      expect(good.slice(0, 2).some((ip) => text.includes(ip))).toBe(true);
      for (const secret of [targetSecret, callerKey]) expect(text).not.toContain(secret);
    }
  });

  it('asks nobody but its target, and nothing above its base path, however a path is written', async () => {
    const routing = await freshTarget(good, { ...forAll, minRequestIntervalMs: 0 });
    const { proxyId } = await createProxy({
      target: { targetBaseURL: `${origin}/echo` },
      proxy: { proxyEgressTarget: routing.name },
    });
    const seen: Arrival[] = [];
    for (const path of escapePaths(new URL(bad.refused ?? '').host)) {
      const answer = await callThrough(`/api/${proxyId}${path}`);
      // Nobody listens at the other address: a call that went there would be a 502.
      expect([path, [200, 404].includes(answer.status)]).toEqual([path, true]);
      if (answer.status === 200) seen.push(await answer.json<Arrival>());
      else await answer.body?.cancel();
    }
    expect(seen.length).toBeGreaterThan(100);
    for (const arrival of seen) {
      expect(arrival.url).toMatch(/^\/echo(?:[/?]|$)/);
      const { host, authorization } = headersOf(arrival);
      expect([arrival.url, host, authorization]).toEqual([arrival.url, new URL(origin).host, `Bearer ${targetSecret}`]);
    }
  });

  it('passes bodies both ways as they come, HEAD, encodings and statuses without a body', async () => {
    const { routing, path } = await createEgressProxy(good.slice(0, 1));
    const pieces = await callThrough(path('/pieces'));
    const reader = pieces.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toMatchObject({ value: 'first,' });
    expect(await routing.rotor.states()).toMatchObject([{ state: 'IN_USE' }]);
    expect(await reader?.read()).toMatchObject({ value: 'last' });
    expect(await reader?.read()).toMatchObject({ done: true });
    const large = new Uint8Array(12 * 1024 * 1024);
    for (const body of [large, new Blob([large]).stream()]) {
      const answer = await callThrough(path('/echo'), { method: 'PUT', body });
      expect(await answer.json<Arrival>()).toMatchObject({ bodyBytes: large.byteLength });
    }
    const head = await callThrough(path('/bytes/1000'), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const gzip = await callThrough(path('/gzip'), { headers: { 'accept-encoding': 'gzip' } });
    expect([gzip.headers.get('content-encoding'), await gzip.text()]).toEqual(['gzip', 'hello']);
    expect((await callThrough(path('/status/304'))).status).toBe(304);
    const redirect = await callThrough(path('/redirect'));
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'http://elsewhere.example/']);
    const endless = await callThrough(path('/endless'));
    await endless.body?.cancel();
    await expect.poll(() => routing.rotor.states()).toMatchObject([{ state: 'FREE', failures: 0 }]);
  });

  it('has bodies with merged fields sent whole, whatever their size', async () => {
    const routing = await freshTarget(good.slice(0, 1), forAll);
    const { proxyId } = await createProxy({
      target: { targetBaseURL: origin },
      proxy: { proxyEgressTarget: routing.name, proxyAdditionalData: { added: true } },
    });
    const text = 'x'.repeat(2_000_000);
    const answer = await callThrough(`/api/${proxyId}/echo?for=${routing.name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    });
    expect(await answer.json<Arrival>()).toMatchObject({ bodyBytes: JSON.stringify({ text, added: true }).length });
  });

  it('tries another IP when one fails, and says so when none is left', async () => {
    const { routing, path } = await createEgressProxy([bad.refused ?? '', good[0] ?? '']);
    const answer = await callThrough(path('/echo'), { method: 'POST', body: 'again' });
    expect([answer.status, answer.headers.get('x-proxy-attempts')]).toEqual([200, '2']);
    expect(await answer.json<Arrival>()).toMatchObject({ bodyBytes: 5, from: '127.0.20.1' });
    await expect
      .poll(async () => (await routing.rotor.metrics()).outcomes)
      .toMatchObject({ connection_error: 1, success: 1 });
    const alone = await createEgressProxy([bad.refused ?? ''], { numRetries: 1 });
    const failed = await callThrough(alone.path('/echo'));
    expect(failed.headers.get('x-proxy-attempts')).toBe('2');
    expect(await refusal(failed)).toEqual([502, 'TARGET_UNREACHABLE', 'proxy-access-granted']);
    const counted = await untilCounted(alone.proxy, 1);
    expect([sum(counted, 'codeCountMap', '502:proxy'), sum(counted, 'codeCountMap', '0:target')]).toEqual([1, 1]);
  });

  it('says that no IP came free in time; the target’s leg has no such call', async () => {
    const { proxy, path } = await createEgressProxy(good.slice(0, 1), {
      minRequestIntervalMs: 60_000,
      maxQueueWaitMs: 100,
    });
    expect((await callThrough(path('/echo'))).status).toBe(200);
    expect(await refusal(await callThrough(path('/echo')))).toEqual([503, 'QUEUE_TIMEOUT', 'proxy-access-denied']);
    const counted = await untilCounted(proxy, 2);
    expect([sum(counted, 'countMap', 'proxy'), sum(counted, 'countMap', 'target')]).toEqual([2, 1]);
  });

  it('takes no WebSocket, and no header that a request line by line can’t hold', async () => {
    const { path } = await createEgressProxy(good.slice(0, 1));
    const socket = await callThrough(path('/socket'), { headers: { upgrade: 'websocket' } });
    expect(await refusal(socket)).toEqual([422, 'VALIDATION_ERROR', 'proxy-access-denied']);
    const latin = await callThrough(path('/echo'), { headers: { 'x-name': 'caf\u00e9' } });
    expect(await refusal(latin)).toEqual([422, 'VALIDATION_ERROR', 'proxy-access-denied']);
  });

  it('reaches a target that speaks TLS through a tunnel, its certificate verified by us', async () => {
    const { good: server, untrusted } = env.TEST_PEERS.tls.servers;
    const withRoot = { ...env, TLS_EXTRA_ROOTS: env.TEST_PEERS.tls.root };
    const config = configOf(withRoot);
    const { forwarder } = createServices(env, config, (work) => void work.catch(() => undefined));
    const visitor = { address: null, country: 'XX' };
    const statuses: number[] = [];
    for (const peer of [server, untrusted]) {
      const routing = await freshTarget(good.slice(0, 1), { ...forAll, numRetries: 0 });
      const { proxyId } = await createProxy({
        target: { targetBaseURL: `https://localhost:${peer?.port}` },
        proxy: { proxyEgressTarget: routing.name },
      });
      const url = `http://switchyard.test/api/${proxyId}/x`;
      const gatewayCall = readCall(url);
      if (!gatewayCall) throw new Error('no call');
      const request = new Request(url, { headers: { 'x-api-key': callerKey } });
      const answer = await forwarder.forward(request, gatewayCall, visitor).catch((error: unknown) => error);
      if (answer instanceof Response) {
        expect(await answer.json()).toMatchObject({ name: 'localhost' });
        statuses.push(answer.status);
      } else expect(answer).toMatchObject({ code: 'TARGET_UNREACHABLE' });
    }
    expect(statuses).toEqual([200]);
  });
});

describe('the egress target of a proxy', () => {
  it('must be there and take the owner’s requests; null takes it away', async () => {
    const [open, closed] = [await freshTarget(good.slice(0, 1), forAll), await freshTarget(good.slice(0, 1))];
    const { client, proxyId } = await createProxy();
    const path = `/api/clients/${client.clientId}/proxies/${proxyId}`;
    const put = (proxyEgressTarget: string | null, key = client.key) =>
      call<{ proxies: { proxyEgressTarget: string | null }[] }>('PUT', path, { key, json: { proxyEgressTarget } });
    expect((await call('GET', path, { key: client.key })).text).toContain('"proxyEgressTarget":null');
    const unknown = await put('nobody');
    expect([unknown.status, errorCode(unknown)]).toEqual([422, 'UNKNOWN_PART']);
    expect(unknown.text).toContain('nobody');
    const forbidden = await put(closed.name);
    expect([forbidden.status, errorCode(forbidden)]).toEqual([403, 'FORBIDDEN']);
    expect((await put(open.name)).body.proxies[0]?.proxyEgressTarget).toBe(open.name);
    expect((await put(null)).body.proxies[0]?.proxyEgressTarget).toBeNull();
    const operator = await createAccount('operator');
    const owner = { key: operator.key, clientId: operator.id };
    const through = await createProxy({ client: owner, proxy: { proxyEgressTarget: closed.name } });
    expect((await callThrough(`/api/${through.proxyId}/`)).status).toBe(200);
    const viewer = await createClient();
    await expect(createProxy({ client: viewer, proxy: { proxyEgressTarget: closed.name } })).rejects.toThrow();
  });

  it('may go, or refuse its role, later: the call is refused and says why', async () => {
    const removed = await createEgressProxy(good.slice(0, 1));
    const { name } = removed.routing;
    // Whose proxy names it is no concern of the operator's: nothing is in the way.
    expect(await dataOf(`mutation { removeTarget(name: "${name}") }`)).toEqual({ removeTarget: true });
    const gone = await callThrough(removed.path('/echo'));
    expect(await gone.clone().text()).toContain(`There is no routing target '${name}' any more`);
    expect(await refusal(gone)).toEqual([502, 'NO_TARGET', 'proxy-access-denied']);
    const again = `{name: "${name}", regex: "none", poolName: "${name}", allowedRoles: [viewer]}`;
    await dataOf(`mutation { addTarget(input: ${again}) { name } }`);
    expect((await callThrough(removed.path('/echo'))).status).toBe(200);
    const operator = await createAccount('operator');
    const owner = { key: operator.key, clientId: operator.id };
    const routing = await freshTarget(good.slice(0, 1));
    const { proxyId } = await createProxy({ client: owner, proxy: { proxyEgressTarget: routing.name } });
    const role = (json: object) => call('PATCH', `/admin/accounts/${operator.id}`, { key: adminKey, json });
    expect((await role({ role: 'viewer' })).status).toBe(200);
    const answer = await callThrough(`/api/${proxyId}/`);
    expect(await refusal(answer)).toEqual([403, 'FORBIDDEN', 'proxy-access-denied']);
  });
});

it('the proxies of a disabled account stop, and go on when it is enabled again', async () => {
  const { id, key } = await createAccount();
  const { proxyId } = await createProxy({ client: { key, clientId: id } });
  const set = (disabled: boolean) => call('PATCH', `/admin/accounts/${id}`, { key: adminKey, json: { disabled } });
  await set(true);
  const refused = await callThrough(`/api/${proxyId}/`);
  expect(await refusal(refused)).toEqual([403, 'PROXY_INACTIVE', 'proxy-access-denied']);
  await set(false);
  await scheduler.wait(SNAPSHOT_MS + 100);
  expect((await callThrough(`/api/${proxyId}/`)).status).toBe(200);
});
