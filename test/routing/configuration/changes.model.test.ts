import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AppError } from '../../../src/platform/errors/app-error.ts';
import {
  addIpToProvider,
  addPool,
  addProvider,
  addTarget,
  type Change,
  removeIpFromProvider,
  removePool,
  removeProvider,
  removeTarget,
  updatePool,
  updateProvider,
  updateTarget,
} from '../../../src/routing/configuration/changes.model.ts';
import { planOf, resolvePool } from '../../../src/routing/configuration/configuration.model.ts';
import type { RoutingConfiguration } from '../../../src/routing/configuration/configuration.types.ts';
import { runs } from '../../support/full-runs.ts';

/** What people would draw on paper: who has which addresses, and who draws from whom. Nothing of ours is in it. */
interface Paper {
  providers: Map<string, string[]>;
  pools: Map<string, [provider: string, count: number][]>;
  targets: Map<string, string>;
}

type Step =
  | { kind: 'addProvider' | 'updateProvider'; name: string; ips: string[] }
  | { kind: 'addPool' | 'updatePool'; name: string; requests: [string, number][] }
  | { kind: 'addTarget' | 'updateTarget'; name: string; pool: string }
  | { kind: 'removeProvider' | 'removePool' | 'removeTarget'; name: string }
  | { kind: 'addIp' | 'removeIp'; name: string; ip: string };

const names = (prefix: string) => fc.constantFrom(...['1', '2', '3'].map((suffix) => `${prefix}${suffix}`));
const ip = fc.integer({ min: 1, max: 6 }).map((last) => `10.0.0.${last}:80`);
const ips = fc.uniqueArray(ip, { minLength: 1, maxLength: 5 });
const requests = fc.array(fc.tuple(names('provider'), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 3 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('addProvider' as const, 'updateProvider' as const), name: names('provider'), ips }),
  fc.record({ kind: fc.constantFrom('addPool' as const, 'updatePool' as const), name: names('pool'), requests }),
  fc.record({
    kind: fc.constantFrom('addTarget' as const, 'updateTarget' as const),
    name: names('target'),
    pool: names('pool'),
  }),
  fc.record({ kind: fc.constant('removeProvider' as const), name: names('provider') }),
  fc.record({ kind: fc.constant('removePool' as const), name: names('pool') }),
  fc.record({ kind: fc.constant('removeTarget' as const), name: names('target') }),
  fc.record({ kind: fc.constantFrom('addIp' as const, 'removeIp' as const), name: names('provider'), ip }),
);

const isMutable = true;
const times = {
  regex: 'x',
  minRequestIntervalMs: 0,
  maxQueueWaitMs: 0,
  numRetries: 0,
  ipFailuresUntilQuarantine: 1,
  quarantineTimeMs: 0,
  allowedRoles: undefined,
  isMutable,
};

function changeOf(one: Step): Change {
  switch (one.kind) {
    case 'addProvider':
    case 'updateProvider': {
      const draft = { name: one.name, ipList: one.ips, inventory: null, regionTag: null, isMutable, auth: undefined };
      return one.kind === 'addProvider' ? addProvider(draft) : updateProvider(draft);
    }
    case 'addPool':
    case 'updatePool': {
      const ipRequests = one.requests.map(([provider, count]) => ({ provider, count }));
      return (one.kind === 'addPool' ? addPool : updatePool)({ name: one.name, ipRequests, isMutable });
    }
    case 'addTarget':
    case 'updateTarget':
      return (one.kind === 'addTarget' ? addTarget : updateTarget)({ ...times, name: one.name, poolName: one.pool });
    case 'removeProvider':
      return removeProvider(one.name);
    case 'removePool':
      return removePool(one.name);
    case 'removeTarget':
      return removeTarget(one.name);
    case 'addIp':
      return addIpToProvider(one.name, one.ip);
    case 'removeIp':
      return removeIpFromProvider(one.name, one.ip);
  }
}

const has = (paper: Paper, pool: string) => paper.pools.get(pool) ?? [];

/** Does a step on paper; the code of a refusal, or null. */
function onPaper(paper: Paper, one: Step): string | null {
  const table: Map<string, unknown> = one.kind.endsWith('Pool')
    ? paper.pools
    : one.kind.endsWith('Target')
      ? paper.targets
      : paper.providers;
  const exists = table.has(one.name);
  if (one.kind.startsWith('add') && one.kind !== 'addIp' ? exists : !exists)
    return exists ? 'ALREADY_EXISTS' : 'NOT_FOUND';
  if ('ips' in one) paper.providers.set(one.name, one.ips);
  if ('requests' in one) {
    if (!one.requests.every(([provider]) => paper.providers.has(provider))) return 'NOT_FOUND';
    paper.pools.set(one.name, one.requests);
  }
  if ('pool' in one) {
    if (!paper.pools.has(one.pool)) return 'NOT_FOUND';
    paper.targets.set(one.name, one.pool);
  }
  if (one.kind === 'removeProvider') {
    const isUsed = [...paper.pools.values()].some((of) => of.some(([provider]) => provider === one.name));
    if (isUsed) return 'IN_USE';
    paper.providers.delete(one.name);
  }
  if (one.kind === 'removePool') {
    if ([...paper.targets.values()].includes(one.name)) return 'IN_USE';
    paper.pools.delete(one.name);
  }
  if (one.kind === 'removeTarget') paper.targets.delete(one.name);
  if ('ip' in one) {
    const list = paper.providers.get(one.name) ?? [];
    if (one.kind === 'addIp' && list.includes(one.ip)) return 'ALREADY_EXISTS';
    if (one.kind === 'removeIp' && !list.includes(one.ip)) return 'NOT_FOUND';
    if (one.kind === 'removeIp' && list.length === 1) return 'LAST_ADDRESS';
    paper.providers.set(one.name, one.kind === 'addIp' ? [...list, one.ip] : list.filter((other) => other !== one.ip));
  }
  return null;
}

/** Which addresses a target has, on paper. */
function rotatesOver(paper: Paper, target: string): string[] {
  const pool = paper.targets.get(target);
  if (pool === undefined) return [];
  return [
    ...new Set(has(paper, pool).flatMap(([provider, count]) => (paper.providers.get(provider) ?? []).slice(0, count))),
  ];
}

function copyOf({ providers, pools, targets }: Paper): Paper {
  return { providers: new Map(providers), pools: new Map(pools), targets: new Map(targets) };
}

it('every change has the effect and the reach that it has on paper, and its plan says so before', () => {
  const nothing = { providers: new Map(), pools: new Map(), targets: new Map(), holds: new Map() };
  const empty: RoutingConfiguration = { revision: 0, ...nothing };
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      let configuration = empty;
      let paper: Paper = { providers: new Map(), pools: new Map(), targets: new Map() };
      for (const one of steps) {
        const next = copyOf(paper);
        const refusal = onPaper(next, one);
        let after: RoutingConfiguration;
        try {
          after = { ...changeOf(one)(configuration), revision: configuration.revision + 1 };
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect([one, error.code]).toEqual([one, refusal]);
          continue;
        }
        expect([one, refusal]).toEqual([one, null]);
        const plan = planOf(configuration, after);
        const everyone = [...new Set([...paper.targets.keys(), ...next.targets.keys()])];
        const added = new Set<string>();
        const removed = new Set<string>();
        for (const target of everyone) {
          const before = rotatesOver(paper, target);
          const now = rotatesOver(next, target);
          for (const address of now) if (!before.includes(address)) added.add(`http://${address}`);
          for (const address of before) if (!now.includes(address)) removed.add(`http://${address}`);
          if (JSON.stringify(before) !== JSON.stringify(now)) expect(plan.targets).toContain(target);
        }
        expect([plan.addedIps, plan.removedIps]).toEqual([[...added].sort(), [...removed].sort()]);
        const usesIt = (target: string) => {
          const pool = next.targets.get(target) ?? paper.targets.get(target) ?? '';
          return [target, pool, ...has(next, pool).map(([provider]) => provider)].includes(one.name);
        };
        expect(plan.targets.every(usesIt)).toBe(true);
        configuration = after;
        paper = next;
        for (const [target, pool] of paper.targets) {
          const resolved = resolvePool(configuration, pool).map(({ address }) => address);
          expect(resolved).toEqual(rotatesOver(paper, target).map((address) => `http://${address}`));
        }
        expect([...configuration.targets.keys()]).toEqual([...paper.targets.keys()]);
      }
    }),
    { numRuns: runs({ usual: 500, full: 20_000 }) },
  );
});
