import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { insertProxies } from '../../proxy-pool/proxies/rows.ts';
import { tick } from '../../support/worker-doors.ts';
import { dataOf, errorOf } from '../graphql/ask.ts';

const good = { status: 'active' as const, leasable: true, lastPassedAtMs: 1 };

/** Checked proxies of a country of their own, best first. */
async function checkedProxies(country: string, scores: readonly number[]) {
  const ids = await insertProxies(scores.map((score) => ({ ...good, country, score, protocol: 'socks5' as const })));
  const rows = await env.DB.prepare(
    `SELECT id, protocol || '://' || ip || ':' || port AS address FROM proxies WHERE country = ?`,
  )
    .bind(country)
    .all<{ id: string; address: string }>();
  return ids.map((id) => ({ id, address: rows.results.find((row) => row.id === id)?.address ?? '' }));
}

const fail = (id: string) => env.DB.prepare('UPDATE proxies SET leasable = 0 WHERE id = ?').bind(id).run();

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
    await fail(bad?.id ?? '');
    expect(await following('follow-a', 'aa', 2)).toEqual({
      ipList: [best?.address, middle?.address],
      hasAuth: false,
      inventory: { country: 'AA', protocol: 'socks5', anonymity: null, minScore: null, count: 2 },
    });
    expect(await rotatesOver('follow-a')).toEqual([best?.address, middle?.address].sort());
    const [better] = await checkedProxies('AA', [1]);
    await tick();
    expect(await rotatesOver('follow-a')).toEqual([best?.address, middle?.address].sort());
    await fail(best?.id ?? '');
    await tick();
    expect(await rotatesOver('follow-a')).toEqual([better?.address, middle?.address].sort());
    await fail(better?.id ?? '');
    await fail(middle?.id ?? '');
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
