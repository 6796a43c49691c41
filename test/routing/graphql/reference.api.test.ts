import { describe, expect, it } from 'vitest';
import { ask, dataOf, errorOf } from './ask.ts';

/** The documents of the reference, as they stand there. Each test goes on where the one before it ended. */
describe('the reference, literally', () => {
  it('addProvider', async () => {
    // Its examples take these two for granted.
    await dataOf('mutation { addProvider(input: {name: "provider-us", ipList: ["10.0.0.1:3128"]}) { name } }');
    await dataOf(
      'mutation { addPool(input: {name: "us-pool", ipRequests: [{provider: "provider-us", count: 5}]}) { name } }',
    );
    const data = await dataOf(`mutation {
  addProvider(input: {
    name: "provider-eu"
    ipList: ["10.2.0.1:3128", "10.2.0.2:3128"]
    regionTag: "EU-West"
    auth: { username: "user", password: "secret" }
  }) {
    name
    ipList
    regionTag
  }
}`);
    expect(data).toEqual({
      addProvider: { name: 'provider-eu', ipList: ['10.2.0.1:3128', '10.2.0.2:3128'], regionTag: 'EU-West' },
    });
  });

  it('addPool', async () => {
    const data = await dataOf(`mutation {
  addPool(input: {
    name: "eu-pool"
    ipRequests: [
      { provider: "provider-eu", count: 5 }
    ]
  }) {
    name
    ipRequests {
      provider
      count
    }
  }
}`);
    expect(data).toEqual({ addPool: { name: 'eu-pool', ipRequests: [{ provider: 'provider-eu', count: 5 }] } });
  });

  it('addTarget', async () => {
    const data = await dataOf(String.raw`mutation {
  addTarget(input: {
    name: "new-api"
    regex: "api\\.example\\.com"
    poolName: "us-pool"
    minRequestInterval: 2.0
    maxQueueWait: 30.0
    numRetries: 3
    ipFailuresUntilQuarantine: 5
    quarantineTime: 120.0
  }) {
    name
    poolName
  }
}`);
    expect(data).toEqual({ addTarget: { name: 'new-api', poolName: 'us-pool' } });
  });

  it('targets, and target', async () => {
    const data = await dataOf(`{
  targets {
    name
    regex
    poolName
    mutable
    minRequestInterval
    maxQueueWait
    numRetries
    ipFailuresUntilQuarantine
    quarantineTime
  }
}`);
    expect(data).toEqual({
      targets: [
        {
          name: 'new-api',
          regex: 'api\\.example\\.com',
          poolName: 'us-pool',
          mutable: true,
          minRequestInterval: 2,
          maxQueueWait: 30,
          numRetries: 3,
          ipFailuresUntilQuarantine: 5,
          quarantineTime: 120,
        },
      ],
    });
    const one = (name: string) => `{
  target(name: "${name}") {
    name
    regex
    poolName
  }
}`;
    expect(await dataOf(one('new-api'))).toEqual({
      target: { name: 'new-api', regex: 'api\\.example\\.com', poolName: 'us-pool' },
    });
    expect(await dataOf(one('google-apis'))).toEqual({ target: null });
  });

  it('pools, pool, providers, provider', async () => {
    expect(
      await dataOf(`{
  pools {
    name
    mutable
    ipRequests {
      provider
      count
    }
  }
}`),
    ).toEqual({
      pools: [
        { name: 'us-pool', mutable: true, ipRequests: [{ provider: 'provider-us', count: 5 }] },
        { name: 'eu-pool', mutable: true, ipRequests: [{ provider: 'provider-eu', count: 5 }] },
      ],
    });
    expect(
      await dataOf(`{
  pool(name: "us-pool") {
    name
    ipRequests {
      provider
      count
    }
  }
}`),
    ).toEqual({ pool: { name: 'us-pool', ipRequests: [{ provider: 'provider-us', count: 5 }] } });
    expect(
      await dataOf(`{
  providers {
    name
    ipList
    regionTag
    mutable
  }
}`),
    ).toEqual({
      providers: [
        { name: 'provider-us', ipList: ['10.0.0.1:3128'], regionTag: null, mutable: true },
        { name: 'provider-eu', ipList: ['10.2.0.1:3128', '10.2.0.2:3128'], regionTag: 'EU-West', mutable: true },
      ],
    });
    expect(
      await dataOf(`{
  provider(name: "provider-us") {
    name
    ipList
    regionTag
  }
}`),
    ).toEqual({ provider: { name: 'provider-us', ipList: ['10.0.0.1:3128'], regionTag: null } });
  });

  it('status', async () => {
    const data = await dataOf(`{
  status {
    authEnabled
    userSub
    userRole
  }
}`);
    expect(data).toEqual({
      status: { authEnabled: true, userSub: '00000000-0000-7000-8000-000000000001', userRole: 'admin' },
    });
  });

  it('updateTarget', async () => {
    const data = await dataOf(String.raw`mutation {
  updateTarget(input: {
    name: "new-api"
    regex: "api\\.example\\.com"
    poolName: "eu-pool"
    minRequestInterval: 5.0
    maxQueueWait: 60.0
    numRetries: 2
    ipFailuresUntilQuarantine: 3
    quarantineTime: 300.0
  }) {
    name
    poolName
  }
}`);
    expect(data).toEqual({ updateTarget: { name: 'new-api', poolName: 'eu-pool' } });
    const { target } = await dataOf('{ target(name: "new-api") { quarantineTime resolvedIps { address provider } } }');
    expect(target).toEqual({
      quarantineTime: 300,
      resolvedIps: [
        { address: '10.2.0.1:3128', provider: 'provider-eu' },
        { address: '10.2.0.2:3128', provider: 'provider-eu' },
      ],
    });
  });

  it('updatePool, and updateProvider, which keeps the credentials that it does not name', async () => {
    expect(
      await dataOf(`mutation {
  updatePool(input: {
    name: "eu-pool"
    ipRequests: [
      { provider: "provider-eu", count: 10 }
    ]
  }) {
    name
  }
}`),
    ).toEqual({ updatePool: { name: 'eu-pool' } });
    expect(
      await dataOf(`mutation {
  updateProvider(input: {
    name: "provider-eu"
    ipList: ["10.2.0.1:3128", "10.2.0.2:3128", "10.2.0.3:3128"]
    regionTag: "EU-West"
  }) {
    name
    ipList
  }
}`),
    ).toEqual({
      updateProvider: { name: 'provider-eu', ipList: ['10.2.0.1:3128', '10.2.0.2:3128', '10.2.0.3:3128'] },
    });
    const data = await dataOf(
      '{ target(name: "new-api") { resolvedIps { address } } provider(name: "provider-eu") { hasAuth } }',
    );
    expect(data).toEqual({
      target: {
        resolvedIps: [{ address: '10.2.0.1:3128' }, { address: '10.2.0.2:3128' }, { address: '10.2.0.3:3128' }],
      },
      provider: { hasAuth: true },
    });
  });

  it('addIpToProvider and removeIpFromProvider', async () => {
    expect(
      await dataOf(`mutation {
  addIpToProvider(provider: "provider-us", address: "10.0.0.5:3128") {
    name
    ipList
  }
}`),
    ).toEqual({ addIpToProvider: { name: 'provider-us', ipList: ['10.0.0.1:3128', '10.0.0.5:3128'] } });
    expect(
      await dataOf(`mutation {
  removeIpFromProvider(provider: "provider-us", address: "10.0.0.1:3128") {
    name
    ipList
  }
}`),
    ).toEqual({ removeIpFromProvider: { name: 'provider-us', ipList: ['10.0.0.5:3128'] } });
  });

  it('removeTarget, removePool, removeProvider: each only when nothing uses it', async () => {
    expect(await errorOf('mutation { removePool(name: "eu-pool") }')).toEqual([
      'IN_USE',
      "Pool 'eu-pool' is in use by target 'new-api'.",
    ]);
    expect(await errorOf('mutation { removeProvider(name: "provider-eu") }')).toEqual([
      'IN_USE',
      "Provider 'provider-eu' is in use by pool 'eu-pool'.",
    ]);
    expect(await dataOf('mutation {\n  removeTarget(name: "new-api")\n}')).toEqual({ removeTarget: true });
    expect(await dataOf('mutation {\n  removePool(name: "eu-pool")\n}')).toEqual({ removePool: true });
    expect(await dataOf('mutation {\n  removeProvider(name: "provider-eu")\n}')).toEqual({ removeProvider: true });
    expect(await dataOf('{ targets { name } pools { name } providers { name } }')).toEqual({
      targets: [],
      pools: [{ name: 'us-pool' }],
      providers: [{ name: 'provider-us' }],
    });
  });

  it('has the defaults of the reference', async () => {
    await dataOf('mutation { addTarget(input: {name: "defaults", regex: "x", poolName: "us-pool"}) { name } }');
    const { target } = await dataOf(`{ target(name: "defaults") {
      minRequestInterval maxQueueWait numRetries ipFailuresUntilQuarantine quarantineTime mutable allowedRoles } }`);
    expect(target).toEqual({
      minRequestInterval: 1,
      maxQueueWait: 30,
      numRetries: 3,
      ipFailuresUntilQuarantine: 5,
      quarantineTime: 120,
      mutable: true,
      allowedRoles: null,
    });
  });

  it('names the entity in its errors', async () => {
    const input = (name: string, more = '') => `input: {name: "${name}", regex: "x", poolName: "us-pool"${more}}`;
    await dataOf(`mutation { addTarget(${input('fixed', ', mutable: false')}) { name } }`);
    await dataOf(`mutation {
      addProvider(input: {name: "fixed", ipList: ["10.0.0.1:80"], mutable: false}) { name }
      addPool(input: {name: "fixed", ipRequests: [{provider: "fixed", count: 1}], mutable: false}) { name } }`);
    const errors: [mutation: string, code: string, message: string][] = [
      [
        `addTarget(${input('fixed')}) { name }`,
        'ALREADY_EXISTS',
        "Target 'fixed' already exists. Use updateTarget to modify it.",
      ],
      [`updateTarget(${input('fixed')}) { name }`, 'NOT_MUTABLE', "Target 'fixed' is not mutable."],
      ['removeTarget(name: "fixed")', 'NOT_MUTABLE', "Target 'fixed' is not mutable."],
      ['removePool(name: "fixed")', 'NOT_MUTABLE', "Pool 'fixed' is not mutable."],
      ['removeProvider(name: "fixed")', 'NOT_MUTABLE', "Provider 'fixed' is not mutable."],
      [
        'addIpToProvider(provider: "fixed", address: "10.0.0.2:80") { name }',
        'NOT_MUTABLE',
        "Provider 'fixed' is not mutable.",
      ],
      [
        'addProvider(input: {name: "fixed", ipList: ["10.0.0.1:80"]}) { name }',
        'ALREADY_EXISTS',
        "Provider 'fixed' already exists. Use updateProvider to modify it.",
      ],
      [
        'addPool(input: {name: "fixed", ipRequests: [{provider: "fixed", count: 1}]}) { name }',
        'ALREADY_EXISTS',
        "Pool 'fixed' already exists. Use updatePool to modify it.",
      ],
      [`updateTarget(${input('none')}) { name }`, 'NOT_FOUND', "Target 'none' not found."],
      ['addTarget(input: {name: "t", regex: "x", poolName: "none"}) { name }', 'NOT_FOUND', "Pool 'none' not found."],
      [
        'addPool(input: {name: "p", ipRequests: [{provider: "none", count: 1}]}) { name }',
        'NOT_FOUND',
        "Provider 'none' not found.",
      ],
      [
        'removeIpFromProvider(provider: "provider-us", address: "10.9.9.9:80") { name }',
        'NOT_FOUND',
        "Address '10.9.9.9:80' not found in provider 'provider-us'.",
      ],
      [
        'addIpToProvider(provider: "provider-us", address: "http://10.0.0.5:3128") { name }',
        'ALREADY_EXISTS',
        "Address 'http://10.0.0.5:3128' already in provider 'provider-us'.",
      ],
      [
        'removeIpFromProvider(provider: "provider-us", address: "10.0.0.5:3128") { name }',
        'LAST_ADDRESS',
        "Cannot remove '10.0.0.5:3128' from provider 'provider-us': the provider must have at least one IP.",
      ],
    ];
    for (const [mutation, code, message] of errors) {
      const before = await ask('{ targets { name } pools { name } providers { name ipList } }');
      expect([mutation, ...(await errorOf(`mutation { ${mutation} }`))]).toEqual([mutation, code, message]);
      const planName = `plan${mutation.charAt(0).toUpperCase()}${mutation.slice(1).replace(/ \{ name \}$/, '')}`;
      expect([planName, ...(await errorOf(`{ ${planName} { targets } }`))]).toEqual([planName, code, message]);
      expect(await ask('{ targets { name } pools { name } providers { name ipList } }')).toEqual(before);
    }
  });
});

describe('the schema', () => {
  it('has what the reference has, and beyond it only what the contract names', async () => {
    const data = await dataOf('{ __schema { types { name kind fields { name } inputFields { name } } } }');
    const { types } = data.__schema as {
      types: { name: string; fields: { name: string }[] | null; inputFields: { name: string }[] | null }[];
    };
    const has = Object.fromEntries(
      types
        .filter(({ name }) => !name.startsWith('__'))
        .flatMap(({ name, fields, inputFields }) => {
          const names = (fields ?? inputFields ?? []).map((field) => field.name);
          return names.length > 0 ? [[name, names.join(' ')]] : [];
        }),
    );
    const mutations =
      'addTarget updateTarget removeTarget addPool updatePool removePool addProvider updateProvider removeProvider ' +
      'addIpToProvider removeIpFromProvider';
    const plans = mutations.replaceAll(/\b[a-z]/g, (first) => `plan${first.toUpperCase()}`);
    const times = 'minRequestInterval maxQueueWait numRetries ipFailuresUntilQuarantine quarantineTime';
    expect(has).toEqual({
      Query: `targets target pools pool providers provider status targetIpStates targetMetrics ${plans}`,
      Mutation: mutations,
      Target: `name regex poolName resolvedIps ${times} allowedRoles mutable`,
      ResolvedIp: 'address provider',
      IpPool: 'name ipRequests mutable',
      IpRequest: 'provider count',
      Provider: 'name ipList inventory regionTag hasAuth mutable',
      Inventory: 'protocol country anonymity minScore count',
      Status: 'authEnabled userSub userRole',
      TargetIpState: 'address state failures quarantined releaseAt requestCount',
      TargetMetrics: 'totalRequests successRequests failedRequests avgLatencyMs lastRequestAt',
      Plan: 'targets addedIps removedIps',
      TargetInput: `name regex poolName ${times} allowedRoles mutable`,
      IpPoolInput: 'name ipRequests mutable',
      IpRequestInput: 'provider count',
      ProviderInput: 'name ipList inventory regionTag mutable auth',
      InventoryInput: 'protocol country anonymity minScore count',
      BasicAuthInput: 'username password',
    });
  });
});
