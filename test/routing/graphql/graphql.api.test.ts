import { env } from 'cloudflare:workers';
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call } from '../../support/harness.ts';
import { ask, dataOf, errorOf } from './ask.ts';

commonRouteTests({ method: 'POST', path: '/graphql', scope: 'read' });

const addProvider = (name: string, more = '') =>
  `mutation { addProvider(input: {name: "${name}", ipList: ["10.0.0.1:80"]${more}}) { name hasAuth } }`;

describe('permissions', () => {
  it('let every role query, and only those with write mutate', async () => {
    const viewer = await createAccount('viewer');
    const operator = await createAccount('operator');
    for (const [{ key, id }, role] of [
      [viewer, 'viewer'],
      [operator, 'operator'],
    ] as const) {
      const data = await dataOf('{ status { authEnabled userSub userRole } targets { name } }', { key });
      expect(data).toMatchObject({ status: { authEnabled: true, userSub: id, userRole: role } });
      expect(await dataOf(getIntrospectionQuery(), { key })).toHaveProperty('__schema');
      expect(await dataOf('{ planRemoveProvider(name: "x") { targets } }', { key }).catch(() => 'refused')).toBe(
        'refused',
      );
    }
    expect(await errorOf(addProvider('viewers'), { key: viewer.key })).toEqual([
      'FORBIDDEN',
      "Permission denied: 'write' required, role 'viewer' has [read]",
    ]);
    expect(await dataOf(addProvider('operators'), { key: operator.key })).toMatchObject({
      addProvider: { name: 'operators', hasAuth: false },
    });
    expect(await dataOf('{ provider(name: "viewers") { name } }')).toEqual({ provider: null });
  });

  it('are asked for by every mutation before anything of it is looked at', async () => {
    const { key } = await createAccount('viewer');
    const { __type: type } = (await dataOf('{ __type(name: "Mutation") { fields { name args { name } } } }')) as {
      __type: { fields: { name: string; args: { name: string }[] }[] };
    };
    expect(type.fields).toHaveLength(11);
    const inputs: Record<string, string> = {
      addTarget: '{name: "", regex: "(", poolName: ""}',
      updateTarget: '{name: "", regex: "(", poolName: ""}',
      addPool: '{name: "", ipRequests: []}',
      updatePool: '{name: "", ipRequests: []}',
      addProvider: '{name: "", ipList: ["bad"]}',
      updateProvider: '{name: "", ipList: ["bad"]}',
    };
    for (const { name, args } of type.fields) {
      const parameters = args.map((one) => `${one.name}: ${one.name === 'input' ? inputs[name] : '"x"'}`).join(', ');
      const selection = name.startsWith('remove') && name !== 'removeIpFromProvider' ? '' : ' { name }';
      const error = await errorOf(`mutation { ${name}(${parameters})${selection} }`, { key });
      expect([name, error[0]]).toEqual([name, 'FORBIDDEN']);
    }
  });

  it('are needed for introspection too', async () => {
    const reply = await call('POST', '/graphql', { json: { query: getIntrospectionQuery() } });
    expect(reply.status).toBe(401);
    expect(reply.body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHORIZED' } }] });
  });
});

describe('what is refused before any field is resolved', () => {
  const countProviders = () => env.DB.prepare('SELECT count(*) AS n FROM routing_providers').first('n');
  const mutation = 'addProvider(input: {name: "never", ipList: ["10.0.0.1:80"]}) { name }';
  const refused: [what: string, query: string, code: string][] = [
    ['no GraphQL', `mutation { ${mutation}`, 'GRAPHQL_PARSE_FAILED'],
    ['too many tokens', `mutation { ${mutation} ${'__typename '.repeat(2_000)} }`, 'GRAPHQL_PARSE_FAILED'],
    ['too many comments', `mutation { ${mutation} }\n${'#\n'.repeat(2_001)}`, 'GRAPHQL_PARSE_FAILED'],
    ['too deep', `mutation { ${mutation} ${'a { '.repeat(11)}b${' }'.repeat(11)} }`, 'QUERY_TOO_COMPLEX'],
    [
      'too many aliases',
      `mutation { ${Array.from({ length: 31 }, (_, index) => `a${index}: ${mutation.replace('never', `n${index}`)}`).join(' ')} }`,
      'QUERY_TOO_COMPLEX',
    ],
    ['an unknown field', `mutation { ${mutation} other }`, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a fragment of itself',
      `mutation { ${mutation} ...f } fragment f on Mutation { ...f }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'deep introspection',
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a subscription', 'subscription { targets { name } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two operations and no name',
      `mutation a { ${mutation} } query b { status { userRole } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a variable that is missing',
      `mutation m($x: String!) { addIpToProvider(provider: $x, address: $x) { name } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ];

  it.each(refused)('%s', async (_what, query, code) => {
    const before = await countProviders();
    const answer = await ask(query);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.length).toBeLessThanOrEqual(10);
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(answer.errors?.map(() => code));
    expect(await countProviders()).toBe(before);
  });

  it('batches, bodies that are too large, and bodies that are no request', async () => {
    const one = { query: '{ status { userRole } }' };
    const batch = await call('POST', '/graphql', { key: adminKey, json: [one, one] });
    expect([batch.status, JSON.stringify(batch.body)]).toEqual([422, expect.stringContaining('batches are not taken')]);
    const large = await call('POST', '/graphql', { key: adminKey, json: { query: `#${'x'.repeat(1024 * 1024)}\n` } });
    expect(large.status).toBe(413);
    for (const json of [{}, { query: 1 }, { query: '{ status { userRole } }', variables: [] }, null, 'x']) {
      expect((await call('POST', '/graphql', { key: adminKey, json })).status).toBe(422);
    }
    // Fields that nobody knows are ignored here.
    const known = await call('POST', '/graphql', { key: adminKey, json: { ...one, extensions: {}, more: 1 } });
    expect(known.body).toEqual({ data: { status: { userRole: 'admin' } } });
  });

  it('says so by its status to who asks for the type of GraphQL over HTTP', async () => {
    const headers = { accept: 'application/graphql-response+json' };
    const asked = (query: string) => call('POST', '/graphql', { key: adminKey, headers, json: { query } });
    const bad = await asked('{ nothing }');
    expect([bad.status, bad.headers.get('content-type')]).toEqual([400, 'application/graphql-response+json']);
    expect((await asked('{ status { userRole } }')).status).toBe(200);
    expect((await asked('mutation { removeTarget(name: "none") }')).status).toBe(200);
  });
});

describe('the password of a provider', () => {
  const secret = 'S3cret-of-the-provider';

  it('is in no answer, no error, no log and no row', async () => {
    const logged = vi.spyOn(console, 'log');
    const failed = vi.spyOn(console, 'error');
    const auth = `, auth: {username: "user", password: "${secret}"}`;
    const answers = [
      await ask(addProvider('sealed', auth)),
      await ask(addProvider('sealed', auth)),
      await ask(addProvider('', auth)),
      await ask(addProvider('sealed', `, auth: {username: "a:b", password: "${secret}"}`)),
      await ask(addProvider('sealed', `, auth: {username: "a", password: "${secret}\\u0000"}`)),
      await ask(addProvider('sealed', `, auth: {username: "a", password: ["${secret}", "${secret}"]}`)),
      await ask(`query { planUpdateProvider(input: {name: "sealed", ipList: ["10.0.0.1:80"]${auth}}) { targets } }`),
      await ask(
        'mutation m($auth: BasicAuthInput) { addProvider(input: {name: "x", ipList: ["10.0.0.1:80"], auth: $auth}) { name } }',
        {
          variables: { auth: { username: 'user', password: [secret] } },
        },
      ),
      await ask(
        'mutation m($auth: BasicAuthInput) { addProvider(input: {name: "x", ipList: ["10.0.0.1:80"], auth: $auth}) { name } }',
        {
          variables: { auth: { username: 'user', password: { secret } } },
        },
      ),
      await ask('{ providers { name ipList regionTag hasAuth inventory { count } } }'),
    ];
    expect(answers[0]).toEqual({ data: { addProvider: { name: 'sealed', hasAuth: true } } });
    expect(answers.slice(2, 6).every(({ errors }) => errors !== undefined)).toBe(true);
    expect(JSON.stringify(answers)).not.toContain(secret);
    expect(JSON.stringify([...logged.mock.calls, ...failed.mock.calls])).not.toContain(secret);
    const { results } = await env.DB.prepare('SELECT * FROM routing_providers').all();
    expect(JSON.stringify(results)).not.toContain(secret);
    vi.restoreAllMocks();
  });

  it('stays when an update does not name it, and goes with null', async () => {
    const update = (more: string) =>
      `mutation { updateProvider(input: {name: "stays", ipList: ["10.0.0.2:80"]${more}}) { hasAuth } }`;
    await dataOf(addProvider('stays', `, auth: {username: "user", password: "${secret}"}`));
    expect(await dataOf(update(''))).toEqual({ updateProvider: { hasAuth: true } });
    expect(await dataOf(update(', auth: null'))).toEqual({ updateProvider: { hasAuth: false } });
    expect(await dataOf(update(', auth: {username: "other", password: ""}'))).toEqual({
      updateProvider: { hasAuth: true },
    });
  });
});

describe('what is put in', () => {
  const target = (more: string) => `mutation { addTarget(input: {name: "t", poolName: "p", ${more}}) { name } }`;
  const bad: [mutation: string, path: string, message: string][] = [
    [target('regex: "("'), 'regex', 'must be an RE2 pattern: no look-around, no back-references'],
    [target('regex: "(?=x)"'), 'regex', 'must be an RE2 pattern: no look-around, no back-references'],
    [target(`regex: "${'x'.repeat(257)}"`), 'regex', '256 characters'],
    [target('regex: "(a?){500}a{500}"'), 'regex', 'too complex'],
    [target('regex: "x", minRequestInterval: -1'), 'minRequestInterval', '>=0'],
    [target('regex: "x", maxQueueWait: 301'), 'maxQueueWait', '<=300'],
    [target('regex: "x", numRetries: 11'), 'numRetries', '<=10'],
    [target('regex: "x", ipFailuresUntilQuarantine: 0'), 'ipFailuresUntilQuarantine', '>=1'],
    [target('regex: "x", quarantineTime: 1e9'), 'quarantineTime', '<=604800'],
    [target('regex: "x", allowedRoles: []'), 'allowedRoles', '>=1'],
    ['mutation { addPool(input: {name: "p", ipRequests: []}) { name } }', 'ipRequests', '>=1'],
    [
      'mutation { addPool(input: {name: "p", ipRequests: [{provider: "x", count: 0}]}) { name } }',
      'ipRequests.0.count',
      '>=1',
    ],
    [
      'mutation { addPool(input: {name: "p", ipRequests: [{provider: "x", count: 1001}]}) { name } }',
      'ipRequests.0.count',
      '<=1000',
    ],
    ['mutation { addProvider(input: {name: "p", ipList: []}) { name } }', 'ipList', '>=1'],
    ['mutation { addProvider(input: {name: "p"}) { name } }', 'ipList', 'is required'],
    [
      'mutation { addProvider(input: {name: "p", ipList: ["10.0.0.1:80"], inventory: {count: 1}}) { name } }',
      'inventory',
      'excludes ipList',
    ],
    [
      'mutation { addProvider(input: {name: "p", inventory: {count: 1, country: "Germany"}}) { name } }',
      'inventory.country',
      'two letters',
    ],
    [
      'mutation { addProvider(input: {name: "p", inventory: {count: 1, minScore: 1.5}}) { name } }',
      'inventory.minScore',
      '<=1',
    ],
    [
      'mutation { addProvider(input: {name: "p", ipList: ["10.0.0.1:80", "10.0.0.1"]}) { name } }',
      'ipList.1',
      'host:port',
    ],
    ['mutation { addProvider(input: {name: "p", ipList: ["10.0.0.1:25"]}) { name } }', 'ipList.0', 'ports of mail'],
    ['mutation { addProvider(input: {name: "p", ipList: ["104.16.0.1:80"]}) { name } }', 'ipList.0', 'Cloudflare'],
    [
      'mutation { addProvider(input: {name: "p\\u202e", ipList: ["10.0.0.1:80"]}) { name } }',
      'name',
      'cannot be shown',
    ],
    [
      'mutation { addProvider(input: {name: "a\\r\\nb", ipList: ["10.0.0.1:80"]}) { name } }',
      'name',
      'cannot be shown',
    ],
    [
      'mutation { addProvider(input: {name: "p", ipList: ["10.0.0.1:80"], regionTag: "\\u0000"}) { name } }',
      'regionTag',
      'cannot be shown',
    ],
  ];

  it.each(bad)('%s is refused with its place', async (mutation, path, message) => {
    const { errors, data } = await ask(mutation);
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    const extensions = errors?.[0]?.extensions;
    // Clients show the message alone.
    expect(errors?.[0]?.message).toContain(`${path}: `);
    expect([extensions?.code, extensions?.issues]).toEqual([
      'VALIDATION_ERROR',
      expect.arrayContaining([{ path, message: expect.stringContaining(message) }]),
    ]);
  });

  it('may be hostile, and comes back as it was', async () => {
    const names = [
      "Robert'); DROP TABLE routing_targets;--",
      '__proto__',
      'constructor',
      '<img src=x onerror=alert(1)>',
      '{{7*7}}',
      '日本語 🚉',
    ];
    const query = 'mutation m($name: String!) { addProvider(input: {name: $name, ipList: ["10.0.0.1:80"]}) { name } }';
    for (const name of names) {
      expect(await dataOf(query, { variables: { name } })).toEqual({ addProvider: { name } });
      expect(
        await dataOf('query q($name: String!) { provider(name: $name) { name } }', { variables: { name } }),
      ).toEqual({ provider: { name } });
      expect(
        await dataOf('mutation m($name: String!) { removeProvider(name: $name) }', { variables: { name } }),
      ).toEqual({ removeProvider: true });
    }
    for (const name of ['toString', '__proto__', 'hasOwnProperty']) {
      expect(await dataOf('query q($name: String!) { target(name: $name) { name } }', { variables: { name } })).toEqual(
        { target: null },
      );
    }
    const long = 'x'.repeat(500_000);
    const [, message] = await errorOf('mutation m($name: String!) { removeTarget(name: $name) }', {
      variables: { name: long },
    });
    expect(message.length).toBeLessThan(200);
  });
});

describe('Idempotency-Key', () => {
  it('gives each mutation of a request its first answer again', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const query = `mutation {
      a: addProvider(input: {name: "once-a", ipList: ["10.0.0.1:80"]}) { name }
      b: addProvider(input: {name: "once-b", ipList: ["10.0.0.1:80"]}) { name } }`;
    const first = await call('POST', '/graphql', { key: adminKey, headers, json: { query } });
    const again = await call('POST', '/graphql', { key: adminKey, headers, json: { query } });
    expect(first.body).toEqual({ data: { a: { name: 'once-a' }, b: { name: 'once-b' } } });
    expect(again.body).toEqual(first.body);
    expect([first, again].map((reply) => reply.headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    const other = query.replace('once-b', 'once-c');
    const { errors } = await ask(other, { headers });
    expect(errors?.[0]?.extensions.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});
