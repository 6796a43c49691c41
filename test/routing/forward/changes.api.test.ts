import { describe, expect, it } from 'vitest';
import { dataOf } from '../graphql/ask.ts';
import { errorOf, forward, good, origin } from './support.ts';

const [first = '', second = '', third = ''] = good;
let serial = 0;

const mutate = (fields: string) => dataOf(`mutation { ${fields} }`);
const provider = (name: string, ...ips: string[]) =>
  `Provider(input: {name: "${name}", ipList: ${JSON.stringify(ips)}}) { name }`;
const pool = (name: string, ...providers: string[]) =>
  `Pool(input: {name: "${name}", ipRequests: [${providers.map((of) => `{provider: "${of}", count: 9}`).join()}]}) { name }`;
const target = (name: string, poolName: string, word = name) =>
  `Target(input: {name: "${name}", regex: "^http://127[.]0[.]0[.]1:[0-9]+/.*for=${word}$", poolName: "${poolName}", minRequestInterval: 0, maxQueueWait: 5, numRetries: 0}) { name }`;

/** The IP that a forward went through, or the code that it was refused with. */
async function outcomeOf(word: string, headers: Record<string, string> = {}): Promise<string | null> {
  const response = await forward(`${origin}/echo?for=${word}`, { headers });
  if (response.status !== 200) return (await errorOf(response)).code;
  await response.text();
  return response.headers.get('x-proxy-ip');
}

const through = (word: string, ip: string) => outcomeOf(word, { 'x-proxy-hopper-force-ip': ip });

/** A target with one provider of the first IP, and one forward behind it: what forwarding read is as fresh as it gets. */
async function aTarget(): Promise<string> {
  serial += 1;
  const name = `change-${serial}-${crypto.randomUUID()}`;
  await mutate(`add${provider(name, first)} add${pool(name, name)} add${target(name, name)}`);
  expect(await outcomeOf(name)).toBe(first);
  return name;
}

describe('the very next forward after the answer to a mutation', () => {
  it('goes through an IP that was added, and through none that was removed', async () => {
    const name = await aTarget();
    await mutate(`addIpToProvider(provider: "${name}", address: "${second}") { name }`);
    expect(await through(name, second)).toBe(second);
    await mutate(`removeIpFromProvider(provider: "${name}", address: "${first}") { name }`);
    expect([await through(name, first), await outcomeOf(name)]).toEqual(['IP_NOT_IN_POOL', second]);
    await mutate(`update${provider(name, third)}`);
    expect([await through(name, second), await outcomeOf(name)]).toEqual(['IP_NOT_IN_POOL', third]);
  });

  it('goes through the providers that the pool has, one that is new among them', async () => {
    const name = await aTarget();
    await mutate(`add${provider(`${name}-b`, second)}`);
    await mutate(`update${pool(name, `${name}-b`)}`);
    expect([await through(name, first), await outcomeOf(name)]).toEqual(['IP_NOT_IN_POOL', second]);
  });

  it('goes by the target’s pool, and where its regex leads', async () => {
    const name = await aTarget();
    await mutate(`add${provider(`${name}-c`, third)} add${pool(`${name}-c`, `${name}-c`)}`);
    await mutate(`update${target(name, `${name}-c`, `other-${name}`)}`);
    expect([await outcomeOf(name), await outcomeOf(`other-${name}`)]).toEqual(['NO_TARGET', third]);
  });

  it('finds a target that was removed no more, and one that came back', async () => {
    const name = await aTarget();
    await mutate(`removeTarget(name: "${name}")`);
    expect(await outcomeOf(name)).toBe('NO_TARGET');
    await mutate(`add${target(name, name)}`);
    expect(await outcomeOf(name)).toBe(first);
  });
});
