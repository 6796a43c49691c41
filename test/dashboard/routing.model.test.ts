import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { ProviderView, TargetView } from '../../src/dashboard/api/routing-types.ts';
import {
  type ChangeName,
  describePlan,
  mutationOf,
  planQueryOf,
} from '../../src/dashboard/views/routing/changes.model.ts';
import {
  poolFieldsOf,
  poolInputOf,
  providerFieldsOf,
  providerInputOf,
  targetFieldsOf,
  targetInputOf,
} from '../../src/dashboard/views/routing/fields.model.ts';
import {
  countStates,
  linksOf,
  statesQueryOf,
  TARGETS_A_QUERY,
} from '../../src/dashboard/views/routing/picture.model.ts';
import { queryProblem } from '../../src/routing/graphql/query-limits.model.ts';
import { typeDefinitions } from '../../src/routing/graphql/type-definitions.ts';

const schema = buildSchema(typeDefinitions);
const changeNames = Object.keys(schema.getMutationType()?.getFields() ?? {}) as ChangeName[];

const target: TargetView = {
  name: 'me',
  regex: '^https://a/',
  poolName: 'all',
  resolvedIps: [],
  minRequestInterval: 0.5,
  maxQueueWait: 30,
  numRetries: 3,
  ipFailuresUntilQuarantine: 5,
  quarantineTime: 120,
  allowedRoles: ['admin'],
  mutable: true,
};
const provider: ProviderView = {
  name: 'lab',
  ipList: ['1.2.3.4:80', 'socks5://1.2.3.4:1080'],
  inventory: null,
  regionTag: null,
  hasAuth: true,
  mutable: true,
};

describe('what the page asks the routing face', () => {
  it.each(changeNames)('is what its schema knows: %s, and the plan of it', (name) => {
    for (const query of [mutationOf(name), planQueryOf(name)])
      expect([query, validate(schema, parse(query))]).toEqual([query, []]);
  });

  it('has the queues of as many targets as a query may ask for', () => {
    const document = parse(statesQueryOf(TARGETS_A_QUERY));
    expect(validate(schema, document)).toEqual([]);
    expect(queryProblem(document, schema)).toBeNull();
  });
});

describe('the forms of the routing', () => {
  it('change nothing when nothing is changed in them', () => {
    const { resolvedIps: _ips, mutable: _mutable, ...definition } = target;
    expect(targetInputOf(targetFieldsOf(target))).toEqual(definition);
    const pool = { name: 'all', ipRequests: [{ provider: 'lab', count: 5 }], mutable: true };
    expect(poolInputOf(poolFieldsOf(pool))).toEqual({ name: 'all', ipRequests: pool.ipRequests });
    expect(providerInputOf(providerFieldsOf(provider))).toEqual({
      name: 'lab',
      ipList: provider.ipList,
      regionTag: null,
    });
  });

  it('keep a login unless another one, or none, is wanted', () => {
    const fields = providerFieldsOf(provider);
    expect(providerInputOf({ ...fields, login: 'none' })).toMatchObject({ auth: null });
    const entered = providerInputOf({ ...fields, login: 'new', username: 'u', password: 'p' });
    expect(entered).toMatchObject({ auth: { username: 'u', password: 'p' } });
  });

  it('follow the inventory by what is asked for alone', () => {
    const inventory = { protocol: 'http', country: null, anonymity: null, minScore: 0.8, count: 7 } as const;
    const fields = providerFieldsOf({ ...provider, inventory });
    expect(providerInputOf(fields)).toEqual({
      name: 'lab',
      inventory: { protocol: 'http', minScore: 0.8, count: 7 },
      regionTag: null,
      auth: null,
    });
  });
});

describe('the picture of the routing', () => {
  it('joins each pool to its providers and each target to its pool', () => {
    const pools = [{ name: 'all', ipRequests: [{ provider: 'lab', count: 1 }], mutable: true }];
    expect(linksOf({ providers: [provider], pools, targets: [target] })).toEqual([
      { from: 'provider lab', to: 'pool all' },
      { from: 'pool all', to: 'target me' },
    ]);
  });

  it('counts the addresses of a target by state', () => {
    expect(countStates([{ state: 'FREE' }, { state: 'HELD' }, { state: 'FREE' }])).toEqual({
      FREE: 2,
      IN_USE: 0,
      HELD: 1,
      QUARANTINED: 0,
    });
  });

  it('says in words whom a change reaches', () => {
    const plan = { targets: ['a', 'b'], addedIps: ['1.2.3.4:80'], removedIps: [] };
    expect(describePlan(plan)).toBe('2 targets: a, b. 1 address more, 0 fewer.');
    expect(describePlan({ ...plan, addedIps: [] })).toBe('2 targets: a, b. Their addresses stay.');
    expect(describePlan({ targets: [], addedIps: [], removedIps: [] })).toBe('No target is touched.');
  });
});
