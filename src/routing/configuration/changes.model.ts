import { appError } from '../../platform/errors/app-error.ts';
import { canonicalAddressOf } from './address.model.ts';
import { MAX_POOLS, MAX_PROVIDER_IPS, MAX_PROVIDERS, MAX_TARGETS } from './configuration.limits.ts';
import type { PoolDraft, TargetDraft } from './configuration.schemas.ts';
import type { InventoryFilter, IpPool, RoutingConfiguration, RoutingProvider } from './configuration.types.ts';

/** One change of the definitions: the next configuration, or an `AppError` for a refusal. Pure. */
export type Change = (before: RoutingConfiguration) => RoutingConfiguration;

type Kind = 'Target' | 'Pool' | 'Provider';

interface Definition {
  name: string;
  isMutable: boolean;
}

/** What a provider is to be; its password sealed already. */
export interface ProviderDraft {
  name: string;
  ipList: readonly string[];
  inventory: InventoryFilter | null;
  regionTag: string | null;
  isMutable: boolean;
  /** Undefined: as it was. */
  auth: { username: string | null; passwordSealed: string | null } | undefined;
}

const NO_AUTH = { username: null, passwordSealed: null };

/** What is not there may have any name. */
const MAX_SHOWN_CHARACTERS = 120;

/** A name in a message. */
export const quoted = (text: string): string =>
  text.length <= MAX_SHOWN_CHARACTERS ? `'${text}'` : `'${text.slice(0, MAX_SHOWN_CHARACTERS)}…'`.toWellFormed();

function requireDefinition<Row>(rows: ReadonlyMap<string, Row>, kind: Kind, name: string): Row {
  const row = rows.get(name);
  if (!row) throw appError('NOT_FOUND', { message: `${kind} ${quoted(name)} not found.` });
  return row;
}

function requireMutable<Row extends Definition>(rows: ReadonlyMap<string, Row>, kind: Kind, name: string): Row {
  const row = requireDefinition(rows, kind, name);
  if (!row.isMutable) throw appError('NOT_MUTABLE', { message: `${kind} '${name}' is not mutable.` });
  return row;
}

function requireNew(rows: ReadonlyMap<string, Definition>, kind: Kind, name: string, maxRows: number): void {
  if (rows.has(name)) {
    const message = `${kind} '${name}' already exists. Use update${kind} to modify it.`;
    throw appError('ALREADY_EXISTS', { message });
  }
  if (rows.size >= maxRows) {
    const message = `There may be ${maxRows} ${kind.toLowerCase()}s at most.`;
    throw appError('TOO_MANY', { message });
  }
}

function inUse(kind: Kind, name: string, userKind: Kind, users: readonly Definition[]): void {
  const [first] = users;
  if (!first) return;
  const names = users.map((user) => user.name);
  const others = names.length > 1 ? ` and ${names.length - 1} more` : '';
  const message = `${kind} '${name}' is in use by ${userKind.toLowerCase()} '${first.name}'${others}.`;
  throw appError('IN_USE', { message, details: { [`${userKind.toLowerCase()}s`]: names } });
}

function withRow<Row extends Definition>(rows: ReadonlyMap<string, Row>, row: Row): Map<string, Row> {
  return new Map(rows).set(row.name, row);
}

function without<Row>(rows: ReadonlyMap<string, Row>, name: string): Map<string, Row> {
  const rest = new Map(rows);
  rest.delete(name);
  return rest;
}

export function addTarget(draft: TargetDraft): Change {
  return (before) => {
    requireNew(before.targets, 'Target', draft.name, MAX_TARGETS);
    requireDefinition(before.pools, 'Pool', draft.poolName);
    const createdRevision = before.revision + 1;
    const row = { ...draft, allowedRoles: draft.allowedRoles ?? null, createdRevision, revision: createdRevision };
    return { ...before, targets: withRow(before.targets, row) };
  };
}

export function updateTarget(draft: TargetDraft): Change {
  return (before) => {
    const was = requireMutable(before.targets, 'Target', draft.name);
    requireDefinition(before.pools, 'Pool', draft.poolName);
    const { allowedRoles = was.allowedRoles, ...rest } = draft;
    return { ...before, targets: withRow(before.targets, { ...was, ...rest, allowedRoles }) };
  };
}

export function removeTarget(name: string): Change {
  return (before) => {
    requireMutable(before.targets, 'Target', name);
    return { ...before, targets: without(before.targets, name) };
  };
}

function putPool(before: RoutingConfiguration, pool: IpPool): RoutingConfiguration {
  for (const { provider } of pool.ipRequests) requireDefinition(before.providers, 'Provider', provider);
  return { ...before, pools: withRow(before.pools, pool) };
}

export function addPool(draft: PoolDraft): Change {
  return (before) => {
    requireNew(before.pools, 'Pool', draft.name, MAX_POOLS);
    return putPool(before, { ...draft, createdRevision: before.revision + 1 });
  };
}

export function updatePool(draft: PoolDraft): Change {
  return (before) => putPool(before, { ...requireMutable(before.pools, 'Pool', draft.name), ...draft });
}

export function removePool(name: string): Change {
  return (before) => {
    requireMutable(before.pools, 'Pool', name);
    const users = [...before.targets.values()].filter(({ poolName }) => poolName === name);
    inUse('Pool', name, 'Target', users);
    return { ...before, pools: without(before.pools, name) };
  };
}

export function addProvider({ auth, ...draft }: ProviderDraft): Change {
  return (before) => {
    requireNew(before.providers, 'Provider', draft.name, MAX_PROVIDERS);
    const row = { ...draft, ...(auth ?? NO_AUTH), members: [], createdRevision: before.revision + 1 };
    return { ...before, providers: withRow(before.providers, row) };
  };
}

export function updateProvider({ auth, ...draft }: ProviderDraft): Change {
  return (before) => {
    const was = requireMutable(before.providers, 'Provider', draft.name);
    // What it follows now is chosen anew after this; until then it keeps what it has.
    const members = draft.inventory ? was.members : [];
    const credentials = draft.inventory ? NO_AUTH : auth;
    return { ...before, providers: withRow(before.providers, { ...was, ...draft, ...credentials, members }) };
  };
}

export function removeProvider(name: string): Change {
  return (before) => {
    requireMutable(before.providers, 'Provider', name);
    const uses = (pool: IpPool) => pool.ipRequests.some(({ provider }) => provider === name);
    inUse('Provider', name, 'Pool', [...before.pools.values()].filter(uses));
    return { ...before, providers: without(before.providers, name) };
  };
}

function requireListing(before: RoutingConfiguration, name: string): RoutingProvider {
  const was = requireMutable(before.providers, 'Provider', name);
  if (was.inventory === null) return was;
  const message = `Provider '${name}' follows the inventory; its addresses can't be changed one by one.`;
  throw appError('FOLLOWS_INVENTORY', { message });
}

export function addIpToProvider(name: string, address: string): Change {
  return (before) => {
    const was = requireListing(before, name);
    const canonical = canonicalAddressOf(address);
    if (was.ipList.some((one) => canonicalAddressOf(one) === canonical)) {
      throw appError('ALREADY_EXISTS', { message: `Address '${address}' already in provider '${name}'.` });
    }
    if (was.ipList.length >= MAX_PROVIDER_IPS) {
      const message = `A provider may have ${MAX_PROVIDER_IPS} addresses at most.`;
      throw appError('TOO_MANY', { message });
    }
    return { ...before, providers: withRow(before.providers, { ...was, ipList: [...was.ipList, address] }) };
  };
}

export function removeIpFromProvider(name: string, address: string): Change {
  return (before) => {
    const was = requireListing(before, name);
    const canonical = canonicalAddressOf(address);
    const ipList = was.ipList.filter((one) => canonicalAddressOf(one) !== canonical);
    if (ipList.length === was.ipList.length) {
      throw appError('NOT_FOUND', { message: `Address ${quoted(address)} not found in provider '${name}'.` });
    }
    if (ipList.length === 0) {
      const message = `Cannot remove '${address}' from provider '${name}': the provider must have at least one IP.`;
      throw appError('LAST_ADDRESS', { message });
    }
    return { ...before, providers: withRow(before.providers, { ...was, ipList }) };
  };
}
