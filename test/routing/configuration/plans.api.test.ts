import { env } from 'cloudflare:workers';
import { describe, expect, it, test } from 'vitest';
import { createRotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { createAccount } from '../../support/factories.ts';
import { ask, dataOf } from '../graphql/ask.ts';
import { checkedProxies } from '../inventory/checked-proxies.ts';

let serial = 0;

interface World {
  name: string;
  /** Of the proxies of the inventory in a country of the test's own, best first. */
  followed: string[];
  country: string;
}

const mutate = (fields: string) => dataOf(`mutation { ${fields} }`);

/** Two targets over one pool of two of a provider's three IPs, a third over a pool of its own, and what nobody uses. */
async function aWorld(): Promise<World> {
  serial += 1;
  const name = `plan-${serial}`;
  const country = `X${String.fromCharCode(64 + serial)}`;
  const followed = (await checkedProxies(country, [0.9, 0.8])).map(({ address }) => address);
  await mutate(`
    p: addProvider(input: {name: "${name}", ipList: ["10.9.0.1:80", "10.9.0.2:80", "10.9.0.3:80"]}) { name }
    o: addProvider(input: {name: "${name}-other", ipList: ["10.9.1.1:80", "10.9.0.1:80"]}) { name }
    u: addProvider(input: {name: "${name}-unused", ipList: ["10.9.2.1:80"]}) { name }
    pp: addPool(input: {name: "${name}", ipRequests: [{provider: "${name}", count: 2}]}) { name }
    po: addPool(input: {name: "${name}-other", ipRequests: [{provider: "${name}-other", count: 9}]}) { name }
    pu: addPool(input: {name: "${name}-unused", ipRequests: [{provider: "${name}", count: 3}]}) { name }
    a: addTarget(input: {name: "${name}-a", regex: "none", poolName: "${name}"}) { name }
    b: addTarget(input: {name: "${name}-b", regex: "none", poolName: "${name}"}) { name }
    c: addTarget(input: {name: "${name}-c", regex: "none", poolName: "${name}-other"}) { name }`);
  return { name, country, followed };
}

/** Everything there is to see, of the definitions and of the Rotors, but for how far time has come. */
async function everything() {
  const { data } = await ask(`{
    targets { name regex poolName resolvedIps { address provider } minRequestInterval maxQueueWait numRetries
      ipFailuresUntilQuarantine quarantineTime allowedRoles mutable }
    pools { name mutable ipRequests { provider count } }
    providers { name ipList inventory { protocol country anonymity minScore count } regionTag hasAuth mutable } }`);
  const targets = (data?.targets ?? []) as { name: string; resolvedIps: { address: string }[] }[];
  const rotors = await Promise.all(
    targets.map(async ({ name }) => [name, await createRotorClient(env.ROTOR, name).states()] as const),
  );
  const rows = async (sql: string) => (await env.DB.prepare(sql).all<Record<string, unknown>>()).results;
  return {
    data,
    rotors: Object.fromEntries(rotors),
    holds: await rows('SELECT proxy_id FROM routing_holds ORDER BY proxy_id'),
    revision: await rows("SELECT value FROM sequences WHERE name = 'routing_revision'"),
    revisions: Object.fromEntries(
      (await rows('SELECT name, revision FROM routing_targets')).map(({ name, revision }) => [String(name), revision]),
    ),
  };
}

type Everything = Awaited<ReturnType<typeof everything>>;

/** What a change did, as a plan says it: by what the Rotors rotate over now. */
function done(before: Everything, after: Everything) {
  const addresses = ({ rotors }: Everything, name: string) => {
    const listed = (rotors[name] ?? []).filter(({ isDraining }) => !isDraining);
    return new Set(listed.map(({ address }) => address.replace('http://', '')));
  };
  const names = [...new Set([...Object.keys(after.revisions), ...Object.keys(before.revisions)])];
  const targets = names.filter((name) => before.revisions[name] !== after.revisions[name]);
  const gained = (from: Everything, to: Everything) => {
    const all = targets.flatMap((name) => [...addresses(to, name)].filter((one) => !addresses(from, name).has(one)));
    return [...new Set(all)].sort();
  };
  return { targets: targets.sort(), addedIps: gained(before, after), removedIps: gained(after, before) };
}

/** For each mutation of the schema: its arguments, and what is to be planned. Names stand for those of the test's world. */
const cases: Record<string, [what: string, parameters: (world: World) => string, plan: (world: World) => object][]> = {
  addTarget: [
    [
      'a target with the IPs of its pool',
      ({ name }) => `input: {name: "${name}-d", regex: "none", poolName: "${name}-other"}`,
      ({ name }) => ({ targets: [`${name}-d`], addedIps: ['10.9.0.1:80', '10.9.1.1:80'], removedIps: [] }),
    ],
  ],
  updateTarget: [
    [
      'another pool',
      ({ name }) => `input: {name: "${name}-a", regex: "none", poolName: "${name}-other"}`,
      ({ name }) => ({ targets: [`${name}-a`], addedIps: ['10.9.1.1:80'], removedIps: ['10.9.0.2:80'] }),
    ],
    [
      'other times, the same IPs',
      ({ name }) => `input: {name: "${name}-a", regex: "none", poolName: "${name}", numRetries: 9}`,
      ({ name }) => ({ targets: [`${name}-a`], addedIps: [], removedIps: [] }),
    ],
  ],
  removeTarget: [
    [
      'a target with all its IPs',
      ({ name }) => `name: "${name}-b"`,
      ({ name }) => ({ targets: [`${name}-b`], addedIps: [], removedIps: ['10.9.0.1:80', '10.9.0.2:80'] }),
    ],
  ],
  addPool: [
    [
      'a pool that nobody uses yet',
      ({ name }) => `input: {name: "${name}-new", ipRequests: [{provider: "${name}", count: 1}]}`,
      () => ({ targets: [], addedIps: [], removedIps: [] }),
    ],
  ],
  updatePool: [
    [
      'fewer of one provider and some of another',
      ({ name }) =>
        `input: {name: "${name}", ipRequests: [{provider: "${name}", count: 1}, {provider: "${name}-other", count: 1}]}`,
      ({ name }) => ({
        targets: [`${name}-a`, `${name}-b`],
        addedIps: ['10.9.1.1:80'],
        removedIps: ['10.9.0.2:80'],
      }),
    ],
  ],
  removePool: [
    [
      'a pool that nobody uses',
      ({ name }) => `name: "${name}-unused"`,
      () => ({ targets: [], addedIps: [], removedIps: [] }),
    ],
  ],
  addProvider: [
    [
      'a provider that nobody uses yet',
      ({ name }) => `input: {name: "${name}-new", ipList: ["10.9.3.1:80"]}`,
      () => ({ targets: [], addedIps: [], removedIps: [] }),
    ],
    [
      'one that follows the inventory',
      ({ name, country }) => `input: {name: "${name}-new", inventory: {country: "${country}", count: 2}}`,
      () => ({ targets: [], addedIps: [], removedIps: [] }),
    ],
  ],
  updateProvider: [
    [
      'another list: the pool takes its first two',
      ({ name }) => `input: {name: "${name}", ipList: ["10.9.0.2:80", "socks5://10.9.0.9:1080", "10.9.0.1:80"]}`,
      ({ name }) => ({
        targets: [`${name}-a`, `${name}-b`],
        addedIps: ['socks5://10.9.0.9:1080'],
        removedIps: ['10.9.0.1:80'],
      }),
    ],
    [
      'the inventory instead of a list',
      ({ name, country }) => `input: {name: "${name}-other", inventory: {country: "${country}", count: 1}}`,
      ({ name, followed }) => ({
        targets: [`${name}-c`],
        addedIps: followed.slice(0, 1),
        removedIps: ['10.9.0.1:80', '10.9.1.1:80'],
      }),
    ],
  ],
  removeProvider: [
    [
      'a provider that nobody uses',
      ({ name }) => `name: "${name}-unused"`,
      () => ({ targets: [], addedIps: [], removedIps: [] }),
    ],
  ],
  addIpToProvider: [
    [
      'an IP to the end of a list of which all is used',
      ({ name }) => `provider: "${name}-other", address: "https://10.9.1.7:443"`,
      ({ name }) => ({ targets: [`${name}-c`], addedIps: ['https://10.9.1.7:443'], removedIps: [] }),
    ],
    [
      'an IP beyond what pools ask for',
      ({ name }) => `provider: "${name}", address: "10.9.0.7:80"`,
      ({ name }) => ({ targets: [`${name}-a`, `${name}-b`], addedIps: [], removedIps: [] }),
    ],
  ],
  removeIpFromProvider: [
    [
      'an IP whose place another one takes',
      ({ name }) => `provider: "${name}", address: "10.9.0.1:80"`,
      ({ name }) => ({
        targets: [`${name}-a`, `${name}-b`],
        addedIps: ['10.9.0.3:80'],
        removedIps: ['10.9.0.1:80'],
      }),
    ],
  ],
};

const planOf = (mutation: string) => `plan${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
const SCALARS: ReadonlySet<string> = new Set(['removeTarget', 'removePool', 'removeProvider']);
const fields = (mutation: string) => (SCALARS.has(mutation) ? '' : ' { name }');

test('there is a plan, and a case here, beside each mutation of the schema, with the same arguments', async () => {
  const type = (name: string) =>
    `__type(name: "${name}") { fields { name args { name type { kind ofType { name } } } } }`;
  const { queries, mutations } = await dataOf(`{ queries: ${type('Query')} mutations: ${type('Mutation')} }`);
  const fieldsOf = (of: unknown) =>
    new Map((of as { fields: { name: string; args: object[] }[] }).fields.map((one) => [one.name, one.args]));
  const [all, changes] = [fieldsOf(queries), fieldsOf(mutations)];
  expect([...changes.keys()].sort()).toEqual(Object.keys(cases).sort());
  for (const [name, parameters] of changes) expect([name, all.get(planOf(name))]).toEqual([name, parameters]);
});

describe.each(Object.entries(cases))('the plan of %s', (mutation, itsCases) => {
  it.each(itsCases)('says what comes of it, and changes nothing: %s', async (_what, parameters, expected) => {
    const world = await aWorld();
    const before = await everything();
    const query = `{ plan: ${planOf(mutation)}(${parameters(world)}) { targets addedIps removedIps } }`;
    const { plan } = await dataOf(query, { key: (await createAccount()).key });
    expect(plan).toEqual(expected(world));
    expect(await everything()).toEqual(before);
    await mutate(`${mutation}(${parameters(world)})${fields(mutation)}`);
    const after = await everything();
    expect(after).not.toEqual(before);
    expect(done(before, after)).toEqual(plan);
  });
});

test.each([
  [
    'addTarget',
    ({ name }: World) => `input: {name: "${name}-a", regex: "none", poolName: "${name}"}`,
    'ALREADY_EXISTS',
  ],
  ['addTarget', ({ name }: World) => `input: {name: "${name}-x", regex: "none", poolName: "nobody"}`, 'NOT_FOUND'],
  ['updateTarget', ({ name }: World) => `input: {name: "${name}-x", regex: "none", poolName: "${name}"}`, 'NOT_FOUND'],
  [
    'updateTarget',
    ({ name }: World) => `input: {name: "${name}-a", regex: "(", poolName: "${name}"}`,
    'VALIDATION_ERROR',
  ],
  ['removeTarget', ({ name }: World) => `name: "${name}-x"`, 'NOT_FOUND'],
  [
    'addPool',
    ({ name }: World) => `input: {name: "${name}", ipRequests: [{provider: "${name}", count: 1}]}`,
    'ALREADY_EXISTS',
  ],
  [
    'updatePool',
    ({ name }: World) => `input: {name: "${name}", ipRequests: [{provider: "nobody", count: 1}]}`,
    'NOT_FOUND',
  ],
  ['removePool', ({ name }: World) => `name: "${name}"`, 'IN_USE'],
  ['addProvider', ({ name }: World) => `input: {name: "${name}", ipList: ["10.9.0.1:80"]}`, 'ALREADY_EXISTS'],
  ['updateProvider', ({ name }: World) => `input: {name: "${name}", ipList: ["nonsense"]}`, 'VALIDATION_ERROR'],
  ['removeProvider', ({ name }: World) => `name: "${name}"`, 'IN_USE'],
  ['addIpToProvider', ({ name }: World) => `provider: "${name}", address: "http://10.9.0.1:80"`, 'ALREADY_EXISTS'],
  ['removeIpFromProvider', ({ name }: World) => `provider: "${name}-unused", address: "10.9.2.1:80"`, 'LAST_ADDRESS'],
] as const)('a plan of %s refuses what the mutation refuses, in the same words', async (mutation, parameters, code) => {
  const world = await aWorld();
  const before = await everything();
  const refused = async (query: string) => {
    const { errors } = await ask(query);
    return errors?.map(({ message, extensions }) => ({ message, extensions }));
  };
  const planned = await refused(`{ ${planOf(mutation)}(${parameters(world)}) { targets } }`);
  expect(planned).toMatchObject([{ extensions: { code } }]);
  expect(await refused(`mutation { ${mutation}(${parameters(world)})${fields(mutation)} }`)).toEqual(planned);
  expect(await everything()).toEqual(before);
});
