import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createConfigurationStore } from '../../../src/routing/configuration/configuration.store.ts';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { adminKey } from '../../support/harness.ts';
import { away, envWith, fetchWith, tick } from '../../support/worker-doors.ts';
import { ask, dataOf, errorOf } from '../graphql/ask.ts';

let serial = 0;

/** A provider, a pool and a target of their own. */
async function aTarget(ipList: readonly string[], more = '') {
  serial += 1;
  const name = `cascade-${serial}`;
  await dataOf(
    `mutation m($name: String!, $ips: [String!]) {
      addProvider(input: {name: $name, ipList: $ips}) { name }
      addPool(input: {name: $name, ipRequests: [{provider: $name, count: 3}]}) { name }
      addTarget(input: {name: $name, regex: "none", poolName: $name${more}}) { name } }`,
    { variables: { name, ips: ipList } },
  );
  return { name, rotor: createRotorClient(env.ROTOR, name) };
}

const pendingNames = async () => {
  const pending = await createConfigurationStore(createDatabase(env.DB)).pending();
  return pending.map(({ targetName }) => targetName);
};

const addressesOf = (states: readonly { address: string }[]) => states.map(({ address }) => address).sort();

async function statesOf(name: string) {
  const { targetIpStates } = await dataOf(
    `{ targetIpStates(targetName: "${name}") { address state failures quarantined releaseAt requestCount } }`,
  );
  return targetIpStates as { address: string }[];
}

describe('a change reaches the rotors', () => {
  it('of every target that uses a provider, before it is answered, whichever change it is', async () => {
    const first = await aTarget(['10.0.0.1:80', '10.0.0.2:80']);
    const { name } = first;
    const second = createRotorClient(env.ROTOR, `${name}-b`);
    await dataOf(`mutation { addTarget(input: {name: "${name}-b", regex: "none", poolName: "${name}"}) { name } }`);
    const both = async () => {
      const [one, other] = [addressesOf(await first.rotor.states()), addressesOf(await second.states())];
      expect(other).toEqual(one);
      return one;
    };
    expect(await both()).toEqual(['http://10.0.0.1:80', 'http://10.0.0.2:80']);
    await dataOf(`mutation { addIpToProvider(provider: "${name}", address: "socks5://10.0.0.3:1080") { name } }`);
    expect(await both()).toEqual(['http://10.0.0.1:80', 'http://10.0.0.2:80', 'socks5://10.0.0.3:1080']);
    await dataOf(`mutation { removeIpFromProvider(provider: "${name}", address: "10.0.0.1:80") { name } }`);
    expect(await both()).toEqual(['http://10.0.0.2:80', 'socks5://10.0.0.3:1080']);
    await dataOf(
      `mutation { updateProvider(input: {name: "${name}", ipList: ["10.0.0.8:80", "10.0.0.9:80"]}) { name } }`,
    );
    expect(await both()).toEqual(['http://10.0.0.8:80', 'http://10.0.0.9:80']);
    await dataOf(
      `mutation { updatePool(input: {name: "${name}", ipRequests: [{provider: "${name}", count: 1}]}) { name } }`,
    );
    expect(await both()).toEqual(['http://10.0.0.8:80']);
    expect(await pendingNames()).toEqual([]);
  });

  it('as plan said, which had changed nothing', async () => {
    const { name, rotor } = await aTarget(['10.1.0.1:80', '10.1.0.2:80']);
    const before = await rotor.states();
    const ips = '["10.1.0.2:80", "https://10.1.0.4:443"]';
    const plan = await dataOf(
      `{ planUpdateProvider(input: {name: "${name}", ipList: ${ips}}) { targets addedIps removedIps } }`,
    );
    expect(plan).toEqual({
      planUpdateProvider: { targets: [name], addedIps: ['https://10.1.0.4:443'], removedIps: ['10.1.0.1:80'] },
    });
    expect(await rotor.states()).toEqual(before);
    await dataOf(`mutation { updateProvider(input: {name: "${name}", ipList: ${ips}}) { name } }`);
    expect(addressesOf(await rotor.states())).toEqual(['http://10.1.0.2:80', 'https://10.1.0.4:443']);
    expect(await dataOf(`{ planRemoveTarget(name: "${name}") { targets addedIps removedIps } }`)).toEqual({
      planRemoveTarget: { targets: [name], addedIps: [], removedIps: ['10.1.0.2:80', 'https://10.1.0.4:443'] },
    });
  });

  it('later, from the cron, when a rotor could not be reached after the commit', async () => {
    const { name, rotor } = await aTarget(['10.2.0.1:80']);
    const query = `mutation { addIpToProvider(provider: "${name}", address: "10.2.0.2:80") { ipList } }`;
    const response = await fetchWith(envWith({ ROTOR: away(env.ROTOR) }), '/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(await response.json()).toEqual({ data: { addIpToProvider: { ipList: ['10.2.0.1:80', '10.2.0.2:80'] } } });
    expect(addressesOf(await rotor.states())).toEqual(['http://10.2.0.1:80']);
    expect(await pendingNames()).toEqual([name]);
    await tick();
    expect(addressesOf(await rotor.states())).toEqual(['http://10.2.0.1:80', 'http://10.2.0.2:80']);
    expect(await pendingNames()).toEqual([]);
  });

  it('that are gone, and that came back under the same name', async () => {
    const { name, rotor } = await aTarget(['10.3.0.1:80']);
    await dataOf(`mutation { removeTarget(name: "${name}") }`);
    expect((await rotor.checkout(request(await revisionOf()))).ok).toBe(false);
    await dataOf(`mutation { addTarget(input: {name: "${name}", regex: "none", poolName: "${name}"}) { name } }`);
    expect(await rotor.checkout(request(await revisionOf()))).toMatchObject({
      ok: true,
      address: 'http://10.3.0.1:80',
    });
  });

  it('while an IP is in use: it finishes, and is shown no more', async () => {
    const { name, rotor } = await aTarget(['10.4.0.1:80', '10.4.0.2:80'], ', minRequestInterval: 0');
    const taken = await rotor.checkout({ ...request(await revisionOf()), forced: 'http://10.4.0.1:80' });
    expect(taken.ok).toBe(true);
    const inUse = {
      state: 'IN_USE',
      failures: 0,
      quarantined: false,
      releaseAt: null,
      requestCount: expect.any(Number),
    };
    expect(await statesOf(name)).toContainEqual({ address: '10.4.0.1:80', ...inUse });
    await dataOf(`mutation { removeIpFromProvider(provider: "${name}", address: "10.4.0.1:80") { name } }`);
    expect(addressesOf(await statesOf(name))).toEqual(['10.4.0.2:80']);
    expect(await rotor.report([outcome(taken, 'success')])).toEqual([{ ok: true }]);
    const { targetMetrics } = await dataOf(
      `{ targetMetrics(name: "${name}") { totalRequests successRequests failedRequests avgLatencyMs lastRequestAt } }`,
    );
    expect(targetMetrics).toEqual({
      totalRequests: 1,
      successRequests: 1,
      failedRequests: 0,
      avgLatencyMs: 40,
      lastRequestAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(await errorOf('{ targetMetrics(name: "none") { totalRequests } }')).toEqual([
      'NOT_FOUND',
      "Target 'none' not found.",
    ]);
    expect(await errorOf('{ targetIpStates(targetName: "none") { address } }')).toEqual([
      'NOT_FOUND',
      "Target 'none' not found.",
    ]);
  });
});

const CHECKOUT = '00000000-0000-4000-8000-00000000000';
let checkouts = 0;

function request(revision: number) {
  checkouts += 1;
  return { checkoutId: `${CHECKOUT}${checkouts}`, revision, excluded: [], forced: null };
}

function outcome(_taken: unknown, what: 'success') {
  return { checkoutId: `${CHECKOUT}${checkouts}`, outcome: what, sentAgoMs: 50, latencyMs: 40 };
}

const revisionOf = () => createConfigurationStore(createDatabase(env.DB)).revision();

describe('changes at the same moment', () => {
  it('are all made, one after the other, and none is lost', async () => {
    const { name, rotor } = await aTarget(['10.5.0.100:80']);
    await dataOf(
      `mutation { updatePool(input: {name: "${name}", ipRequests: [{provider: "${name}", count: 100}]}) { name } }`,
    );
    const addresses = Array.from({ length: 6 }, (_, index) => `10.5.0.${index}:80`);
    const answers = await Promise.all(
      addresses.map((address) =>
        ask(`mutation { addIpToProvider(provider: "${name}", address: "${address}") { name } }`),
      ),
    );
    expect(answers.filter(({ errors }) => errors)).toEqual([]);
    const { provider } = await dataOf(`{ provider(name: "${name}") { ipList } }`);
    const all = ['10.5.0.100:80', ...addresses].sort();
    expect([...(provider as { ipList: string[] }).ipList].sort()).toEqual(all);
    expect(addressesOf(await rotor.states())).toEqual(all.map((address) => `http://${address}`).sort());
  });

  it('never leave a target without its pool', async () => {
    const { name } = await aTarget(['10.6.0.1:80']);
    await dataOf(
      `mutation { addPool(input: {name: "${name}-x", ipRequests: [{provider: "${name}", count: 1}]}) { name } }`,
    );
    const [added, removed] = await Promise.all([
      ask(`mutation { addTarget(input: {name: "${name}-x", regex: "none", poolName: "${name}-x"}) { name } }`),
      ask(`mutation { removePool(name: "${name}-x") }`),
    ]);
    const codes = [added, removed].map(({ errors }) => errors?.[0]?.extensions.code ?? 'done').sort();
    expect([
      ['IN_USE', 'done'],
      ['NOT_FOUND', 'done'],
    ]).toContainEqual(codes);
  });
});
