import { allows, type Caller, type Scope, scopesOf } from '../../accounts/actor.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import { quoted } from '../configuration/changes.model.ts';
import type { ConfigurationService } from '../configuration/configuration.service.ts';
import type { RoutingConfiguration } from '../configuration/configuration.types.ts';
import type { ChangeName, PreparedChange, PreparedChanges } from '../configuration/prepared-changes.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import type { RootValue } from './execute.ts';
import { viewIpState, viewMetrics } from './rotor-views.ts';
import { viewPlan, viewPool, viewProvider, viewTarget } from './views.ts';

/** What the Rotor of a target says. */
export type RotorFactsOf = (targetName: string) => Pick<RotorClient, 'states' | 'metrics'>;

interface Dependencies {
  configurations: ConfigurationService;
  changes: PreparedChanges;
  rotorOf: RotorFactsOf;
  /** Has providers that follow the inventory have what they can, and lets go what they have no more. Never fails. */
  followInventory(): Promise<void>;
}

/** One request: who asks, under which key, and whether what it did had been done before. */
export interface GraphqlCall {
  caller: Caller;
  idempotency: Idempotency | null;
  /** Told of a mutation whose first answer is given again. */
  onReplay(): void;
}

interface Named {
  name: string;
}

interface FieldInfo {
  path: { key: string | number };
}

type View = (after: RoutingConfiguration, name: string) => unknown;

const shown = <Row, Shown>(row: Row | undefined, view: (row: Row) => Shown): Shown | null => (row ? view(row) : null);

const target: View = (after, name) => shown(after.targets.get(name), (row) => viewTarget(after, row));
const pool: View = (after, name) => shown(after.pools.get(name), viewPool);
const provider: View = (after, name) => shown(after.providers.get(name), viewProvider);
const done: View = () => true;

/** What each mutation answers. */
const answers = {
  addTarget: target,
  updateTarget: target,
  removeTarget: done,
  addPool: pool,
  updatePool: pool,
  removePool: done,
  addProvider: provider,
  updateProvider: provider,
  removeProvider: done,
  addIpToProvider: provider,
  removeIpFromProvider: provider,
} as const satisfies Record<ChangeName, View>;

/** `Permission denied: 'write' required, role 'viewer' has [read]`. */
function requirePermission(caller: Caller, scope: Scope): void {
  if (allows(caller, scope)) return;
  const has = scopesOf(caller.role).join(', ');
  const message = `Permission denied: '${scope}' required, role '${caller.role}' has [${has}]`;
  throw appError('FORBIDDEN', { message });
}

const follows = (view: unknown): boolean =>
  typeof view === 'object' && view !== null && 'inventory' in view && view.inventory !== null;

/** After these a provider gets the proxies that it follows, or they are anyone's again, at once. */
const mayFollow: ReadonlySet<ChangeName> = new Set(['addProvider', 'updateProvider', 'removeProvider']);

const planName = (mutation: string) => `plan${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;

/** The fields of `Query` but for the plans. All of one request see one state. */
function createQueries({ configurations, rotorOf }: Dependencies, caller: Caller) {
  let read: Promise<RoutingConfiguration> | null = null;
  const configuration = (): Promise<RoutingConfiguration> => {
    requirePermission(caller, 'read');
    read ??= configurations.read();
    return read;
  };
  const requireTarget = async (name: string): Promise<void> => {
    if ((await configuration()).targets.has(name)) return;
    throw appError('NOT_FOUND', { message: `Target ${quoted(name)} not found.` });
  };

  return {
    targets: async () => {
      const now = await configuration();
      return [...now.targets.values()].map((row) => viewTarget(now, row));
    },
    target: async ({ name }: Named) => target(await configuration(), name),
    pools: async () => [...(await configuration()).pools.values()].map(viewPool),
    pool: async ({ name }: Named) => pool(await configuration(), name),
    providers: async () => [...(await configuration()).providers.values()].map(viewProvider),
    provider: async ({ name }: Named) => provider(await configuration(), name),
    status: () => {
      requirePermission(caller, 'read');
      return { authEnabled: true, userSub: caller.accountId, userRole: caller.role };
    },
    targetIpStates: async ({ targetName }: { targetName: string }) => {
      await requireTarget(targetName);
      const states = await rotorOf(targetName).states();
      return states.filter(({ isDraining }) => !isDraining).map(viewIpState);
    },
    targetMetrics: async ({ name }: Named) => {
      await requireTarget(name);
      return viewMetrics(await rotorOf(name).metrics());
    },
  };
}

/** The root fields of the schema, for one call: thin over the services, each asking for its permission first. */
export function createRootValue(dependencies: Dependencies, call: GraphqlCall): RootValue {
  const { configurations, changes, followInventory } = dependencies;
  const { caller, idempotency, onReplay } = call;
  async function mutate(mutation: ChangeName, parameters: unknown, { path }: FieldInfo) {
    requirePermission(caller, 'write');
    const { name, change } = await prepare(mutation, parameters);
    const { view, replayed } = await configurations.commit({
      change,
      viewOf: (after) => answers[mutation](after, name),
      caller,
      // Each mutation of a request has its own answer under the request's key.
      idempotency: idempotency && { ...idempotency, key: `${idempotency.key} ${path.key}` },
    });
    if (replayed) onReplay();
    if (replayed || !mayFollow.has(mutation)) return view;
    await followInventory();
    return follows(view) ? provider(await configurations.read(), name) : view;
  }

  async function plan(mutation: ChangeName, parameters: unknown) {
    requirePermission(caller, 'read');
    const { change } = await prepare(mutation, parameters);
    return viewPlan(await configurations.plan(change));
  }

  function prepare(mutation: ChangeName, parameters: unknown): Promise<PreparedChange> {
    const prepareChange: (parameters: never) => Promise<PreparedChange> = changes[mutation];
    // The schema has judged the parameters by now.
    return prepareChange(parameters as never);
  }

  const names = Object.keys(answers) as ChangeName[];
  return {
    ...createQueries(dependencies, caller),
    ...Object.fromEntries(
      names.flatMap((name) => [
        [name, (parameters: unknown, _context: unknown, info: FieldInfo) => mutate(name, parameters, info)],
        [planName(name), (parameters: unknown) => plan(name, parameters)],
      ]),
    ),
  };
}
