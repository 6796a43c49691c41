import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { Role } from '../../src/accounts/actor.ts';
import { createAccount } from '../support/factories.ts';
import { adminKey, call } from '../support/harness.ts';
import { forward, freshTarget, good } from './forward/support.ts';
import { ask, dataOf } from './graphql/ask.ts';

/** Whose key it is; the built-in admin is no account. */
const callers = ['viewer', 'operator', 'admin', 'built-in admin'] as const;
type Who = (typeof callers)[number];

const SCOPES: Record<Who, string> = {
  viewer: '[read]',
  operator: '[read, write]',
  admin: '[read, write, admin]',
  'built-in admin': '[read, write, admin]',
};

let keys: Record<Who, string>;
/** Of an account that is gone. */
let goneKey: string;

beforeAll(async () => {
  const keyOf = async (role: Role) => (await createAccount(role)).key;
  keys = {
    viewer: await keyOf('viewer'),
    operator: await keyOf('operator'),
    admin: await keyOf('admin'),
    'built-in admin': adminKey,
  };
  const gone = await createAccount('operator');
  await call('DELETE', `/admin/accounts/${gone.id}`, { key: adminKey });
  goneKey = gone.key;
});

interface FieldOfSchema {
  name: string;
  args: { name: string; type: { ofType: { name: string } | null } }[];
  type: { kind: string; ofType: { kind: string; ofType: { kind: string } | null } | null };
}

/** Inputs that fit the schema and change nothing: what they name is not there, or they are refused. */
const INPUTS: Record<string, string> = {
  TargetInput: '{name: "nobody", regex: "none", poolName: "nobody"}',
  IpPoolInput: '{name: "nobody", ipRequests: [{provider: "nobody", count: 1}]}',
  ProviderInput: '{name: "nobody", ipList: []}',
};

const kinds = ({ type }: FieldOfSchema) => [type.kind, type.ofType?.kind, type.ofType?.ofType?.kind];

/** Every field of a root type, as a caller would ask for it. */
async function rootFields(type: 'Query' | 'Mutation'): Promise<[name: string, text: string][]> {
  const ofType = 'ofType { kind name ofType { kind name } }';
  const data = await dataOf(
    `{ __type(name: "${type}") { fields { name args { name type { ofType { name } } } type { kind name ${ofType} } } } }`,
  );
  const { fields } = data.__type as { fields: FieldOfSchema[] };
  return fields.map((field) => {
    const parameters = field.args.map((one) => `${one.name}: ${INPUTS[one.type.ofType?.name ?? ''] ?? '"nobody"'}`);
    const isScalar = kinds(field).includes('SCALAR');
    return [
      field.name,
      `${field.name}${parameters.length > 0 ? `(${parameters})` : ''}${isScalar ? '' : ' { __typename }'}`,
    ];
  });
}

const revision = () =>
  env.DB.prepare("SELECT value FROM sequences WHERE name = 'routing_revision'").first<number>('value');

const codesOf = async (query: string, key: string) =>
  ((await ask(query, { key })).errors ?? []).map(({ extensions, message }) => [extensions.code, message]);

describe.each(callers)('the key of a %s', (who) => {
  it('may ask each query, each plan among them', async () => {
    const queries = await rootFields('Query');
    expect(queries.filter(([name]) => name.startsWith('plan'))).toHaveLength(11);
    for (const [name, text] of queries) {
      const codes = (await codesOf(`{ ${text} }`, keys[who])).map(([code]) => code);
      // Nothing is there, or it is refused for what it is: never for who asks.
      expect(['NOT_FOUND', 'VALIDATION_ERROR', undefined], `${name}: ${codes}`).toContain(codes[0]);
    }
  });

  it(`has ${SCOPES[who]}: each mutation asks for write before anything else`, async () => {
    const before = await revision();
    const mutations = await rootFields('Mutation');
    expect(mutations).toHaveLength(11);
    const denied = `Permission denied: 'write' required, role '${who}' has ${SCOPES[who]}`;
    for (const [name, text] of mutations) {
      const [[code, message] = []] = await codesOf(`mutation { ${text} }`, keys[who]);
      if (who === 'viewer') expect([name, code, message]).toEqual([name, 'FORBIDDEN', denied]);
      else expect(['NOT_FOUND', 'VALIDATION_ERROR'], `${name}: ${code}`).toContain(code);
    }
    expect(await revision()).toBe(before);
  });

  it('may read the metrics', async () => {
    expect((await call('GET', '/metrics', { key: keys[who] })).status).toBe(200);
  });
});

describe.each([
  ['those with write', null, ['operator', 'admin', 'built-in admin']],
  ['viewers alone', ['viewer'], ['viewer']],
  ['operators alone', ['operator'], ['operator']],
  ['admins alone', ['admin'], ['admin', 'built-in admin']],
  ['everyone', ['viewer', 'operator', 'admin'], [...callers]],
] as const)('a target that takes %s', (_what, allowedRoles, taken) => {
  it('is reached by their keys, in whichever header they come, and by no other', async () => {
    const target = await freshTarget(good.slice(0, 4), { allowedRoles });
    const statuses: Record<string, number[]> = {};
    for (const who of callers) {
      const key = keys[who];
      for (const headers of [
        { 'x-proxy-hopper-auth': `Bearer ${key}` },
        { authorization: `Bearer ${key}` },
        { 'x-api-key': key },
      ]) {
        const answer = await forward(target.url('/status/204'), {
          key: null,
          headers: new Headers(Object.entries(headers)),
        });
        await answer.body?.cancel();
        statuses[who] = [...(statuses[who] ?? []), answer.status];
      }
    }
    const expected = callers.map((who) => [who, Array(3).fill((taken as readonly Who[]).includes(who) ? 204 : 403)]);
    expect(statuses).toEqual(Object.fromEntries(expected));
  });
});

test('without a key, or with one that is no more, nothing of it answers', async () => {
  const target = await freshTarget(good.slice(0, 1), { allowedRoles: ['viewer', 'operator', 'admin'] });
  for (const key of [undefined, goneKey, 'pp_short']) {
    const keyed = key === undefined ? {} : { key };
    const graphql = await call('POST', '/graphql', { ...keyed, json: { query: '{ targets { name } }' } });
    const metrics = await call('GET', '/metrics', keyed);
    const forwarded = await forward(target.url('/status/204'), { key: key ?? null });
    await forwarded.body?.cancel();
    expect([key, graphql.status, metrics.status, forwarded.status]).toEqual([key, 401, 401, 401]);
  }
  expect(await target.rotor.states()).toEqual([]);
});
