import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { adminKey } from '../../support/harness.ts';
import { away, envWith, fetchWith } from '../../support/worker-doors.ts';
import { forward, good, origin } from '../forward/support.ts';
import { dataOf } from '../graphql/ask.ts';
import { checkedProxies } from './checked-proxies.ts';

/** One of the proxies that work passes its checks, in a country of its own. */
async function passes(address: string, country: string): Promise<void> {
  const { hostname: ip, port } = new URL(address);
  await checkedProxies(country, [0.9], { ip, port: Number(port), protocol: 'http' });
}

const providerOf = (name: string, country: string) =>
  `addProvider(input: {name: "${name}", inventory: {country: "${country}", count: 1}}) { ipList }`;

async function aTarget(name: string, maxQueueWait: number): Promise<void> {
  await dataOf(`mutation { addPool(input: {name: "${name}", ipRequests: [{provider: "${name}", count: 1}]}) { name }
    addTarget(input: {name: "${name}", regex: "^http://127[.]0[.]0[.]1:[0-9]+/.*for=${name}$", poolName: "${name}",
      maxQueueWait: ${maxQueueWait}}) { name } }`);
}

const forwardTo = (name: string) => forward(`${origin}/echo?for=${name}`);

describe('the first forward through a provider that follows the inventory', () => {
  it('goes at once where a proxy is there', async () => {
    await passes(good[0] ?? '', 'QA');
    const { addProvider } = await dataOf(`mutation { ${providerOf('first-a', 'QA')} }`);
    expect(addProvider).toEqual({ ipList: [good[0]?.replace('http://', '')] });
    await aTarget('first-a', 30);
    expect((await forwardTo('first-a')).headers.get('x-proxy-ip')).toBe(good[0]);
  });

  it('waits where none is, and goes when one passes its checks: no minute has to pass before', async () => {
    expect(await dataOf(`mutation { ${providerOf('first-b', 'QB')} }`)).toEqual({ addProvider: { ipList: [] } });
    await aTarget('first-b', 60);
    const answer = forwardTo('first-b');
    const rotor = createRotorClient(env.ROTOR, 'first-b');
    await expect.poll(() => rotor.metrics()).toMatchObject({ waiters: 1 });
    await passes(good[1] ?? '', 'QB');
    expect((await answer).headers.get('x-proxy-ip')).toBe(good[1]);
  });

  it('goes where the lease book could not be asked when the provider was made', async () => {
    await passes(good[2] ?? '', 'QC');
    const made = await fetchWith(envWith({ LEASE_BOOK: away(env.LEASE_BOOK) }), '/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: `mutation { ${providerOf('first-c', 'QC')} }` }),
    });
    // It is made, whoever else is away: an error would have its caller make it again.
    expect(await made.json()).toEqual({ data: { addProvider: { ipList: [] } } });
    await aTarget('first-c', 60);
    expect((await forwardTo('first-c')).headers.get('x-proxy-ip')).toBe(good[2]);
  });

  it('is told after its wait that the target has none, where nothing matches', async () => {
    await dataOf(`mutation { ${providerOf('first-d', 'QD')} }`);
    await aTarget('first-d', 0.2);
    const refused = await forwardTo('first-d');
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { error: { code: 'QUEUE_TIMEOUT', message: 'No IP came free in time: the target has none right now.' } },
    ]);
  });
});
