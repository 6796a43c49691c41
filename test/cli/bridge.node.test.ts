import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { hasBrowser, startBrowser } from '../support/browser.ts';
import { runCommand } from '../support/command-line.ts';
import type { Account } from '../support/lab-pool.ts';
import {
  type BridgeYard,
  curl,
  type Origin,
  seenBy,
  startBridge,
  startBridgeYard,
  startOrigin,
} from './bridge.support.ts';

const START_LIMIT_MS = 300_000;
const TEST_LIMIT_MS = 180_000;
const SIGNUP_CREDITS = 100;

/** Of each protocol, with and without a password; `http-anonymous-1` tunnels nowhere. */
const NAMES = [
  'http-elite-1',
  'http-anonymous-1',
  'http-elite-password',
  'https-1',
  'socks4-1',
  'socks5-1',
  'socks5-password',
];

let yard: BridgeYard;
let origin: Origin;

beforeAll(async () => {
  origin = await startOrigin();
  yard = await startBridgeYard(NAMES);
}, START_LIMIT_MS);

afterAll(async () => {
  origin.close();
  await yard.close();
});

async function ask<Body>({ key }: Account, path: string): Promise<Body> {
  const response = await fetch(yard.worker.baseUrl + path, { headers: { authorization: `Bearer ${key}` } });
  return (await response.json()) as Body;
}

/** What an account's ledger says, and what it still holds. */
async function account(of: Account) {
  const credits = await ask<{ balance: number; recent_transactions: { tx_type: string }[] }>(of, '/account/credits');
  const { items } = await ask<{ items: unknown[] }>(of, '/account/leases');
  const entries = credits.recent_transactions.map(({ tx_type: type }) => type).filter((type) => type !== 'signup');
  return { spent: SIGNUP_CREDITS - credits.balance, entries, held: items.length };
}

const exits = () => NAMES.map(yard.exitOf);

describe('a bridge', { timeout: TEST_LIMIT_MS }, () => {
  test('carries plain requests and tunnels through leased proxies, and gives all of them back', async () => {
    const user = await yard.newAccount('Bridge');
    const bridge = await startBridge(yard.worker, user, ['--leases', '3']);
    const plain = await seenBy(
      bridge.url,
      `${origin.http}/a?b=c`,
      '-H',
      'Proxy-Connection: keep-alive',
      '-H',
      'X-Own: 1',
    );
    expect(exits()).toContain(plain.address);
    expect(plain).toMatchObject({ method: 'GET', url: '/a?b=c', headers: { 'x-own': '1' } });
    for (const name of ['proxy-authorization', 'proxy-connection']) expect(plain.headers).not.toHaveProperty(name);
    const body = 'x'.repeat(100_000);
    const posted = await seenBy(bridge.url, `${origin.http}/post`, '--data-binary', body);
    expect(posted).toMatchObject({ method: 'POST', body });
    const tunnelled = await seenBy(bridge.url, `${origin.https}/tls`);
    expect(exits()).toContain(tunnelled.address);
    expect((await account(user)).held).toBeGreaterThan(0);
    const done = await bridge.end();
    const { spent, entries, held } = await account(user);
    expect({ held, spent }).toEqual({ held: 0, spent: Number(done.credits_spent) });
    expect(entries).toEqual(Array(spent).fill('acquire'));
    expect(bridge.events('released')).toHaveLength(bridge.events('leased').length);
    expect(bridge.out() + bridge.err()).not.toContain('open-sesame');
  });

  test('takes the next proxy for each request, all in turn', async () => {
    const user = await yard.newAccount('Rotation');
    const bridge = await startBridge(yard.worker, user, ['--leases', '4']);
    const seen: string[] = [];
    for (let count = 0; count < 8; count += 1) seen.push((await seenBy(bridge.url, origin.http)).address);
    expect(new Set(seen.slice(0, 4)).size).toBe(4);
    expect(seen.slice(4)).toEqual(seen.slice(0, 4));
    await bridge.end();
    expect(await account(user)).toMatchObject({ spent: 4, held: 0 });
  });

  test('speaks each protocol to its proxies, with their passwords', async () => {
    const user = await yard.newAccount('Protocols');
    for (const protocol of ['http', 'https', 'socks4', 'socks5']) {
      const bridge = await startBridge(yard.worker, user, ['--protocol', protocol, '--leases', '3']);
      const names = NAMES.filter((name) => name.startsWith(`${protocol}-`));
      const seen = new Set<string>();
      for (const _name of names) seen.add((await seenBy(bridge.url, origin.http)).address);
      expect(seen).toEqual(new Set(names.map(yard.exitOf)));
      expect((await curl(bridge.url, origin.https)).status).toBe(200);
      await bridge.end();
    }
    expect((await account(user)).held).toBe(0);
  });

  test('sticks to a proxy for as long as it is told, then goes on with another', async () => {
    const user = await yard.newAccount('Sticky');
    const bridge = await startBridge(yard.worker, user, ['--protocol', 'socks5', '--sticky', '0.1', '--seconds', '60']);
    const first = await Promise.all([seenBy(bridge.url, origin.http), seenBy(bridge.url, origin.https)]);
    expect(first[0]?.address).toBe(first[1]?.address);
    expect(await account(user)).toMatchObject({ spent: 1, held: 1 });
    await bridge.event('released');
    const second = await seenBy(bridge.url, origin.http);
    expect(exits()).toContain(second.address);
    expect(bridge.events('leased')).toHaveLength(2);
    await bridge.end();
    expect(await account(user)).toMatchObject({ spent: 2, held: 0, entries: ['acquire', 'acquire'] });
  });

  test('tries another where a proxy tunnels nowhere, and does not ask that one again', async () => {
    const user = await yard.newAccount('No tunnels');
    const bridge = await startBridge(yard.worker, user, ['--protocol', 'http', '--leases', '3']);
    // All three are leased by plain requests first, so that one of them must refuse the tunnel.
    for (let count = 0; count < 3; count += 1) await seenBy(bridge.url, origin.http);
    const seen = new Set<string>();
    for (let count = 0; count < 4; count += 1) seen.add((await seenBy(bridge.url, origin.https)).address);
    expect(seen).toEqual(new Set(['http-elite-1', 'http-elite-password'].map(yard.exitOf)));
    expect(bridge.events('dead')).toEqual([]);
    await bridge.end();
    expect(await account(user)).toMatchObject({ spent: 3, held: 0 });
  });

  test('a target that is away is said so, and costs no proxy its lease', async () => {
    const user = await yard.newAccount('Target away');
    const bridge = await startBridge(yard.worker, user, ['--sticky', '5']);
    const refused = await curl(bridge.url, 'https://127.0.0.1:1/');
    expect(refused.status).toBe(502);
    expect((await seenBy(bridge.url, origin.https)).method).toBe('GET');
    expect(bridge.events('dead')).toEqual([]);
    await bridge.end();
    expect((await account(user)).held).toBe(0);
  });

  test('renews what is in use, and nothing that goes through it ends with the first lease', async () => {
    const user = await yard.newAccount('Renewal');
    const bridge = await startBridge(yard.worker, user, ['--sticky', '60', '--seconds', '20']);
    const { body, status } = await curl(bridge.url, `${origin.https}/drip?seconds=24`);
    expect({ status, end: body.slice(-4) }).toEqual({ status: 200, end: 'done' });
    const renewals = bridge.events('renewed').length;
    expect(renewals).toBeGreaterThan(0);
    expect(bridge.events('leased')).toHaveLength(1);
    await bridge.end();
    const { entries, spent, held } = await account(user);
    expect({ spent, held }).toEqual({ spent: entries.length, held: 0 });
    expect(entries.filter((type) => type === 'acquire')).toHaveLength(1);
    expect(entries.filter((type) => type === 'renew').length).toBe(bridge.events('renewed').length);
  });

  test('without a proxy it answers 503 with the reason and when to come again, and asks less and less', async () => {
    const user = await yard.newAccount('Nothing');
    const bridge = await startBridge(yard.worker, user, ['--country', 'ZZ']);
    const plain = await curl(bridge.url, origin.http);
    expect(plain.status).toBe(503);
    expect(plain.head).toMatch(/retry-after: \d+/i);
    expect(plain.body).toContain('NO_MATCHING_PROXY');
    for (let count = 0; count < 10; count += 1) expect((await curl(bridge.url, origin.https)).status).toBe(503);
    expect(bridge.events('no_lease').length).toBeLessThan(6);
    await bridge.end();
    expect(await account(user)).toMatchObject({ spent: 0, held: 0 });
  });

  test('spends no more than it may', async () => {
    const user = await yard.newAccount('Budget');
    const bridge = await startBridge(yard.worker, user, ['--budget', '1', '--leases', '3']);
    const seen = new Set<string>();
    for (let count = 0; count < 4; count += 1) seen.add((await seenBy(bridge.url, origin.http)).address);
    expect(seen.size).toBe(1);
    await bridge.end();
    expect(await account(user)).toMatchObject({ spent: 1, held: 0 });
  });

  test('is open to nobody but this machine, unless they show who they are', async () => {
    const user = await yard.newAccount('Auth');
    const where = { url: yard.worker.baseUrl, key: user.key };
    const open = await runCommand(['bridge', '--port', '0', '--host', '0.0.0.0'], where);
    expect(open).toMatchObject({ code: exitCodes.USAGE.code, err: expect.stringContaining('OPEN_PROXY') });
    expect((await runCommand(['bridge', '--auth', 'nobody'], where)).code).toBe(exitCodes.USAGE.code);
    const elsewhere = ['bridge', '--port', '0', '--host', '192.0.2.1', '--auth', 'me:secret'];
    expect((await runCommand(elsewhere, where)).err).toContain('no such address. Choose another --host.');
    const bridge = await startBridge(yard.worker, user, ['--host', '0.0.0.0', '--auth', 'me:se:cret']);
    const taken = await runCommand(['bridge', '--port', new URL(bridge.url).port], where);
    expect(taken.err).toContain('another program listens there. Choose another --port.');
    const url = bridge.url.replace('0.0.0.0', '127.0.0.1');
    expect((await curl(url, origin.http)).status).toBe(407);
    expect((await curl(url, origin.https)).status).toBe(407);
    expect((await curl(url.replace('//', '//me:wrong@'), origin.http)).status).toBe(407);
    expect((await account(user)).spent).toBe(0);
    const seen = await seenBy(url.replace('//', '//me:se%3Acret@'), origin.http);
    expect(seen.headers).not.toHaveProperty('proxy-authorization');
    expect((await curl(url, 'http://127.0.0.1:1/', '--proxy-user', 'me:se:cret', '--request-target', '/')).status).toBe(
      400,
    );
    await bridge.end();
    expect(bridge.out() + bridge.err()).not.toContain('se:cret');
  });

  test('lets what runs finish before it ends, and a second Ctrl-C ends that, too', async () => {
    const user = await yard.newAccount('Drain');
    const patient = await startBridge(yard.worker, user, ['--leases', '1']);
    const slow = curl(patient.url, `${origin.http}/drip?seconds=3`);
    await patient.event('leased');
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000);
    });
    await patient.end();
    expect((await slow).body.slice(-4)).toBe('done');
    const hasty = await startBridge(yard.worker, user, ['--leases', '1', '--drain', '3600']);
    const cutOff = curl(hasty.url, `${origin.https}/drip?seconds=60`);
    await hasty.event('leased');
    hasty.child.kill('SIGINT');
    await hasty.event('draining');
    hasty.child.kill('SIGINT');
    expect(await hasty.ended).toBe(0);
    expect((await cutOff).body).not.toContain('done');
    expect(await account(user)).toMatchObject({ spent: 2, held: 0 });
  });

  test.skipIf(!hasBrowser)('serves a real browser, pages and TLS', async () => {
    const user = await yard.newAccount('Browser');
    const bridge = await startBridge(yard.worker, user, ['--leases', '3', '--drain', '0']);
    expect(chromium.name()).toBe('chromium');
    const browser = await startBrowser();
    try {
      const context = await browser.newContext({
        proxy: { server: bridge.url, bypass: '<-loopback>' },
        ignoreHTTPSErrors: true,
      });
      const page = await context.newPage();
      for (const site of [origin.http, origin.https]) {
        const from = origin.requests.length;
        const answer = await page.goto(`${site}/page`);
        expect(answer?.status()).toBe(200);
        expect(await page.title()).toBe('page');
        const seen = origin.requests.slice(from);
        expect(seen.map(({ url }) => url)).toEqual(expect.arrayContaining(['/page', '/one.png', '/two.js']));
        for (const { address } of seen) expect(exits()).toContain(address);
      }
    } finally {
      await browser.close();
    }
    await bridge.end();
    expect((await account(user)).held).toBe(0);
  });

  // The last one: it leaves the yard with proxies less.
  test('a proxy that dies is reported, refunded and replaced, and no request is lost', async () => {
    const user = await yard.newAccount('Deaths');
    const bridge = await startBridge(yard.worker, user, ['--leases', '3', '--seconds', '600']);
    const before = new Set<string>();
    for (let count = 0; count < 3; count += 1) before.add((await seenBy(bridge.url, origin.http)).address);
    const victims = NAMES.filter((name) => before.has(yard.exitOf(name))).slice(0, 2);
    expect(victims).toHaveLength(2);
    for (const name of victims) await yard.labs.get(name)?.close();
    for (let count = 0; count < 6; count += 1) {
      const site = count % 2 === 0 ? origin.http : origin.https;
      expect(victims.map(yard.exitOf)).not.toContain((await seenBy(bridge.url, site)).address);
    }
    await bridge.event('dead', 2);
    await bridge.event('ended', 2);
    const done = await bridge.end();
    const { entries, spent, held } = await account(user);
    expect(entries.filter((type) => type === 'refund')).toHaveLength(2);
    expect({ held, spent }).toEqual({ held: 0, spent: Number(done.credits_spent) });
  });
});
