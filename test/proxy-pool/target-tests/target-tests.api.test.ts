import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import { createSecretBox, parseKeyRing } from '../../../src/platform/secrets.ts';
import { createLeaseBookClient } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import type { BookProxyRow } from '../../../src/proxy-pool/leases/lease-book.types.ts';
import { passwordContext } from '../../../src/proxy-pool/proxies/proxy-upsert.store.ts';
import type { ProxyTestView } from '../../../src/proxy-pool/target-tests/target-tests.schemas.ts';
import { createServices } from '../../../src/services.ts';
import { testBindings } from '../../support/bindings.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { call, errorCode } from '../../support/harness.ts';
import { SSRF_URLS } from '../../support/ssrf-spellings.ts';
import { freshCountry, proxyRow } from '../leases/support.ts';

interface Tested extends Record<string, unknown> {
  url: string;
  results: ProxyTestView[];
  success_rate: number;
}

const book = createLeaseBookClient(env.LEASE_BOOK, 0);

function peer(name: string): { host: string; port: number } {
  const address = env.TEST_PEERS.net[name];
  if (!address) throw new Error(`There is no peer called ${name}.`);
  return address;
}

const originUrl = `http://127.0.0.1:${peer('origin').port}/page?query=1`;

/** A row of the book for a real proxy of the test set-up; the first listed is the best. */
function rowsFor(country: string, proxies: [BookProxyRow['protocol'], string][]): BookProxyRow[] {
  return proxies.map(([protocol, name], index) => {
    const { host: ip, port } = peer(name);
    return proxyRow({ country, protocol, ip, port, score: 0.99 - index / 100 });
  });
}

const test = (key: string, json: Record<string, unknown>) => call<Tested>('POST', '/proxies/test', { key, json });

commonRouteTests({
  method: 'POST',
  path: '/proxies/test',
  scope: 'read',
  validBody: { url: originUrl, country: 'QZ' },
});

describe('POST /proxies/test', () => {
  it('asks the target through real proxies of every protocol, the best first, and says what each got', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    await book.apply(
      rowsFor(country, [
        ['http', 'httpProxy'],
        ['https', 'connectProxy'],
        ['socks4', 'socks4'],
        ['socks5', 'socks5'],
        ['socks5', 'socks5Refusing'],
        ['https', 'connectProxyRefusing'],
        ['http', 'closedPort'],
        ['http', 'garbage'],
      ]),
    );
    const reply = await test(key, { url: originUrl, country, count: 20 });
    expect(reply.status).toBe(200);
    expect(reply.body.url).toBe(originUrl);
    expect(reply.body.success_rate).toBe(0.5);
    const seen = reply.body.results.map(({ reachable, status_code, error }) => [reachable, status_code, error]);
    expect(seen).toEqual([
      [true, 200, null],
      [true, 200, null],
      [true, 200, null],
      [true, 200, null],
      [false, null, 'Connection refused by target.'],
      [false, null, 'The proxy could not serve the request, or the target could not (HTTP 503).'],
      [false, null, 'The connection was refused, or nothing is there.'],
      [false, null, 'The answer is not correct HTTP.'],
    ]);
    for (const { reachable, latency_ms: latencyMs } of reply.body.results) {
      expect(latencyMs === null).toBe(!reachable);
    }
  });

  it('takes a wrong password, an error page and a body of any size for what they are', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    const [open, closed] = rowsFor(country, [
      ['http', 'httpProxyWithPassword'],
      ['http', 'httpProxyWithPassword'],
    ]);
    if (!open || !closed) throw new Error('no rows');
    const ring = parseKeyRing(testBindings.ENCRYPTION_KEY);
    if (ring === null) throw new Error('the key ring of the tests is broken');
    const passwordSealed = await createSecretBox(ring).seal('pass:word', passwordContext(open.id));
    await book.apply([{ ...open, username: 'user', passwordSealed }, closed]);
    const huge = await test(key, { url: `http://127.0.0.1:${peer('poursBody').port}/`, country });
    expect(huge.body.results.map(({ reachable, status_code, error }) => [reachable, status_code, error])).toEqual([
      [true, 200, null],
      [false, 407, 'The proxy wants a user name and password, or refused the ones it got.'],
    ]);
    expect(JSON.stringify(huge.body)).not.toContain('pass:word');
  });

  it('ends by its timeout, all at once', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    await book.apply(
      rowsFor(
        country,
        Array.from({ length: 8 }, () => ['socks5', 'silent']),
      ),
    );
    const startedAtMs = Date.now();
    const { body } = await test(key, { url: originUrl, country, count: 8, timeout_seconds: 1 });
    expect(Date.now() - startedAtMs).toBeLessThan(6_000);
    expect(body.results).toHaveLength(8);
    expect(new Set(body.results.map(({ error }) => error))).toEqual(
      new Set(['The proxy accepted the connection but did not answer in time.']),
    );
  });

  it('leases nothing and costs nothing; it uses what is free or your own, and no one else’s', async () => {
    const [owner, other] = [await createAccount(), await createAccount()];
    const country = freshCountry();
    const [first, second] = rowsFor(country, [
      ['http', 'httpProxy'],
      ['socks5', 'socks5'],
    ]);
    if (!first || !second) throw new Error('no rows');
    await book.apply([first, second]);
    const ids = async (key: string) =>
      (await test(key, { url: originUrl, country })).body.results.map(({ proxy_id: id }) => id);
    expect(await ids(owner.key)).toEqual([first.id, second.id]);
    expect((await call('POST', '/proxies/acquire', { key: owner.key, json: { country } })).status).toBe(200);
    expect(await ids(owner.key)).toEqual([first.id, second.id]);
    expect(await ids(other.key)).toEqual([second.id]);
    expect((await call('POST', '/proxies/acquire', { key: owner.key, json: { country } })).status).toBe(200);
    const none = await test(other.key, { url: originUrl, country });
    expect([none.status, errorCode(none)]).toEqual([409, 'ALL_PROXIES_LEASED']);
    const credits = await call<{ balance: number }>('GET', '/account/credits', { key: other.key });
    expect(credits.body.balance).toBe(100);
  });

  it('takes the filters of an acquire, and count and timeout within their limits', async () => {
    const { key } = await createAccount();
    const country = freshCountry();
    await book.apply(
      rowsFor(country, [
        ['http', 'httpProxy'],
        ['http', 'httpProxy'],
        ['socks5', 'socks5'],
      ]),
    );
    const length = async (json: Record<string, unknown>) =>
      (await test(key, { url: originUrl, country: country.toLowerCase(), ...json })).body.results.length;
    expect(await length({ protocol: 'http' })).toBe(2);
    expect(await length({ protocol: 'http', count: 1 })).toBe(1);
    expect(await length({ min_score: 0.98, protocol: null })).toBe(2);
    for (const json of [
      { protocol: 'socks4' },
      { min_score: 1 },
      { pool: 'nobody-uses-this' },
      { anonymity: 'transparent' },
    ]) {
      const reply = await test(key, { url: originUrl, country, ...json });
      expect([reply.status, errorCode(reply)]).toEqual([404, 'NO_MATCHING_PROXY']);
    }
    for (const json of [{ count: 0 }, { count: 21 }, { count: 1.5 }, { timeout_seconds: 0 }, { timeout_seconds: 31 }]) {
      const reply = await test(key, { url: originUrl, country, ...json });
      expect([json, reply.status, errorCode(reply)]).toEqual([json, 422, 'VALIDATION_ERROR']);
    }
  });

  it.each(['ftp://example.com/', 'example.com', 'http://user:pass@example.com/', 'http://'])(
    'refuses %s',
    async (url) => {
      const { key } = await createAccount();
      const reply = await test(key, { url });
      expect([reply.status, errorCode(reply)]).toEqual([422, 'ADDRESS_NOT_ALLOWED']);
    },
  );
});

describe('a deployment', () => {
  const deployed = { ...configOf(env), ALLOW_PRIVATE_NETWORKS: false, DNS_OVER_HTTPS_URL: '' };
  const caller = () => ({
    kind: 'account' as const,
    accountId: crypto.randomUUID(),
    role: 'viewer' as const,
    apiKeyId: crypto.randomUUID(),
  });
  const body = { count: 1, timeout_seconds: 1, pool: 'default', country: 'QQ' };

  it('asks no address that is not public, however it is written, before any proxy is chosen', async () => {
    const { targetTests } = createServices(env, deployed, () => {});
    for (const url of SSRF_URLS) {
      const refused = targetTests.run(caller(), { ...body, url });
      await expect(refused, url).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    }
  });

  it('lets a key test ten times a minute, and another key too', async () => {
    const { targetTests } = createServices(env, { ...deployed, RATE_LIMITS: 'on' }, () => {});
    const [busy, calm] = [caller(), caller()];
    const run = (who: ReturnType<typeof caller>) => targetTests.run(who, { ...body, url: 'http://192.0.2.1/' });
    for (let count = 0; count < 10; count += 1)
      await expect(run(busy)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    await expect(run(busy)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(run(calm)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });
});
