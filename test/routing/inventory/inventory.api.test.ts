import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { acquired, acquireRequest, freshAccount } from '../../proxy-pool/leases/support.ts';
import { tick } from '../../support/worker-doors.ts';
import { dataOf, errorOf } from '../graphql/ask.ts';
import { book, checkedProxies, failCheck } from './checked-proxies.ts';

async function following(name: string, country: string, count: number) {
  const { addProvider } = await dataOf(`mutation {
    addProvider(input: {name: "${name}", inventory: {country: "${country}", protocol: socks5, count: ${count}}}) {
      ipList hasAuth inventory { country protocol anonymity minScore count } }
    addPool(input: {name: "${name}", ipRequests: [{provider: "${name}", count: ${count}}]}) { name }
    addTarget(input: {name: "${name}", regex: "none", poolName: "${name}"}) { name } }`);
  return addProvider as { ipList: string[] };
}

const rotatesOver = async (name: string) =>
  (await createRotorClient(env.ROTOR, name).states()).map(({ address }) => address).sort();

describe('a provider that follows the inventory', () => {
  it('has the best that match at once; one that fails is replaced, the others stay', async () => {
    const [worst, best, middle, bad] = await checkedProxies('AA', [0.5, 0.9, 0.7, 0.99]);
    await failCheck(bad?.id ?? '');
    expect(await following('follow-a', 'aa', 2)).toEqual({
      ipList: [best?.address, middle?.address],
      hasAuth: false,
      inventory: { country: 'AA', protocol: 'socks5', anonymity: null, minScore: null, count: 2 },
    });
    expect(await rotatesOver('follow-a')).toEqual([best?.address, middle?.address].sort());
    const [better] = await checkedProxies('AA', [1]);
    await tick();
    expect(await rotatesOver('follow-a')).toEqual([best?.address, middle?.address].sort());
    await failCheck(best?.id ?? '');
    await tick();
    expect(await rotatesOver('follow-a')).toEqual([better?.address, middle?.address].sort());
    await failCheck(better?.id ?? '');
    await failCheck(middle?.id ?? '');
    await tick();
    expect(await rotatesOver('follow-a')).toEqual([worst?.address]);
  });

  it('shares no proxy with another one', async () => {
    const [first, second, third] = await checkedProxies('BB', [0.9, 0.8, 0.7]);
    expect((await following('follow-b', 'BB', 2)).ipList).toEqual([first?.address, second?.address]);
    expect((await following('follow-c', 'BB', 2)).ipList).toEqual([third?.address]);
    await dataOf(
      'mutation { removeTarget(name: "follow-b") removePool(name: "follow-b") removeProvider(name: "follow-b") }',
    );
    await tick();
    expect(await rotatesOver('follow-c')).toEqual([first?.address, third?.address].sort());
  });

  it('says by its plan what another filter would bring, and changes to it and back', async () => {
    const [one] = await checkedProxies('CC', [0.9]);
    const [other] = await checkedProxies('DD', [0.9]);
    await following('follow-d', 'CC', 1);
    const input = 'input: {name: "follow-d", inventory: {country: "DD", count: 1}}';
    expect(await dataOf(`{ planUpdateProvider(${input}) { targets addedIps removedIps } }`)).toEqual({
      planUpdateProvider: { targets: ['follow-d'], addedIps: [other?.address], removedIps: [one?.address] },
    });
    expect(await rotatesOver('follow-d')).toEqual([one?.address]);
    await dataOf(`mutation { updateProvider(${input}) { ipList } }`);
    expect(await rotatesOver('follow-d')).toEqual([other?.address]);
    expect(
      await errorOf('mutation { addIpToProvider(provider: "follow-d", address: "10.0.0.1:80") { name } }'),
    ).toEqual([
      'FOLLOWS_INVENTORY',
      "Provider 'follow-d' follows the inventory; its addresses can't be changed one by one.",
    ]);
    await dataOf('mutation { updateProvider(input: {name: "follow-d", ipList: ["10.0.0.7:80"]}) { ipList } }');
    expect(await rotatesOver('follow-d')).toEqual(['http://10.0.0.7:80']);
    await tick();
    expect(await rotatesOver('follow-d')).toEqual(['http://10.0.0.7:80']);
  });
});

/** A lease of the best proxy of a country. */
async function lease(country: string) {
  const { accountId } = await freshAccount(5);
  const filters = { protocol: null, country, anonymity: null, minScore: null };
  const request = acquireRequest(accountId, { filters });
  return { accountId, ask: () => book.acquire(request), get: () => acquired(book.acquire(request)) };
}

describe('a proxy has one user at a time', () => {
  it('is not leased while a provider follows it, and is again as soon as that lets it go', async () => {
    const [one, other] = await checkedProxies('EE', [0.9, 0.8]);
    await following('hold-a', 'EE', 1);
    const leaser = await lease('EE');
    expect((await leaser.get()).lease.proxy.id).toBe(other?.id);
    expect(await leaser.ask()).toEqual({ ok: false, code: 'ALL_PROXIES_LEASED', retryAfterSeconds: 300 });
    await dataOf('mutation { removeTarget(name: "hold-a") removePool(name: "hold-a") removeProvider(name: "hold-a") }');
    expect((await leaser.get()).lease.proxy.id).toBe(one?.id);
  });

  it('is not followed while it is leased: another is, and it itself once it is free', async () => {
    const [best, second] = await checkedProxies('FF', [0.9, 0.8]);
    const leaser = await lease('FF');
    const held = await leaser.get();
    expect(held.lease.proxy.id).toBe(best?.id);
    expect((await following('hold-b', 'FF', 2)).ipList).toEqual([second?.address]);
    await tick();
    expect(await rotatesOver('hold-b')).toEqual([second?.address]);
    await book.release({ accountId: leaser.accountId, leaseId: held.lease.leaseId });
    await tick();
    expect(await rotatesOver('hold-b')).toEqual([best?.address, second?.address].sort());
    expect(await leaser.ask()).toEqual({ ok: false, code: 'NO_MATCHING_PROXY' });
  });

  it('stays held while a request that began before is on its way through it', async () => {
    const [one] = await checkedProxies('GG', [0.9]);
    await following('hold-c', 'GG', 1);
    const rotor = createRotorClient(env.ROTOR, 'hold-c');
    const request = { checkoutId: 'long', revision: 0, excluded: [], forced: null };
    expect(await rotor.checkout(request)).toMatchObject({ ok: true, address: one?.address });
    await dataOf('mutation { removeTarget(name: "hold-c") removePool(name: "hold-c") removeProvider(name: "hold-c") }');
    await tick();
    const leaser = await lease('GG');
    expect(await leaser.ask()).toEqual({ ok: false, code: 'NO_MATCHING_PROXY' });
    await rotor.report([{ checkoutId: 'long', outcome: 'success', sentAgoMs: 0, latencyMs: 1 }]);
    await tick();
    expect((await leaser.get()).lease.proxy.id).toBe(one?.id);
  });

  it('what a crash left half done is taken up, or given up, by the next run', async () => {
    const [one, other] = await checkedProxies('HH', [0.9, 0.8]);
    await following('hold-d', 'HH', 1);
    // Nobody's list has this one: as if a book had been asked just before everything else was lost.
    const { revision } = await env.DB.prepare("SELECT value AS revision FROM sequences WHERE name = 'routing_revision'")
      .first<{ revision: number }>()
      .then((row) => row ?? { revision: 0 });
    await book.hold({ revision, proxyIds: [one?.id ?? '', other?.id ?? ''] });
    expect(await book.standings([one?.id ?? '', other?.id ?? ''])).toEqual(['held', 'held']);
    await tick();
    expect(await book.standings([one?.id ?? '', other?.id ?? ''])).toEqual(['held', 'free']);
    // A hold that was written down, and its book never asked.
    await env.DB.prepare('UPDATE routing_providers SET members = ? WHERE name = ?').bind('[]', 'hold-d').run();
    await book.hold({ revision: revision + 1, proxyIds: [] });
    await env.DB.prepare("UPDATE sequences SET value = value + 1 WHERE name = 'routing_revision'").run();
    await tick();
    expect(await book.standings([one?.id ?? ''])).toEqual(['held']);
    expect(await rotatesOver('hold-d')).toEqual([one?.address]);
  });
});
