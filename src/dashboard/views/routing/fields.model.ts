import type { PoolView, ProviderView, TargetView } from '../../api/routing-types.ts';
import { anyWanted, type Wanted, wantedBody } from '../proxies/wanted.model.ts';

/** The form of a target: texts, as they are typed. */
export interface TargetFields {
  name: string;
  regex: string;
  poolName: string;
  minRequestInterval: string;
  maxQueueWait: string;
  numRetries: string;
  ipFailuresUntilQuarantine: string;
  quarantineTime: string;
  /** Role names with commas between; empty: those with `write`. */
  allowedRoles: string;
}

export function targetFieldsOf(target: TargetView | null): TargetFields {
  return {
    name: target?.name ?? '',
    regex: target?.regex ?? '^https?://example\\.com(:\\d+)?/',
    poolName: target?.poolName ?? '',
    minRequestInterval: String(target?.minRequestInterval ?? 1),
    maxQueueWait: String(target?.maxQueueWait ?? 30),
    numRetries: String(target?.numRetries ?? 3),
    ipFailuresUntilQuarantine: String(target?.ipFailuresUntilQuarantine ?? 5),
    quarantineTime: String(target?.quarantineTime ?? 120),
    allowedRoles: target?.allowedRoles?.join(',') ?? '',
  };
}

export function targetInputOf(fields: TargetFields): Record<string, unknown> {
  const { name, regex, poolName, allowedRoles, ...numbers } = fields;
  return {
    name: name.trim(),
    regex,
    poolName,
    ...Object.fromEntries(Object.entries(numbers).map(([field, text]) => [field, Number(text)])),
    allowedRoles: allowedRoles === '' ? null : allowedRoles.split(','),
  };
}

export interface PoolFields {
  name: string;
  requests: readonly { provider: string; count: string }[];
}

export function poolFieldsOf(pool: PoolView | null): PoolFields {
  const requests = pool?.ipRequests ?? [{ provider: '', count: 1 }];
  return {
    name: pool?.name ?? '',
    requests: requests.map(({ provider, count }) => ({ provider, count: String(count) })),
  };
}

export function poolInputOf({ name, requests }: PoolFields): Record<string, unknown> {
  const ipRequests = requests.map(({ provider, count }) => ({ provider, count: Number(count) }));
  return { name: name.trim(), ipRequests };
}

export interface ProviderFields {
  name: string;
  kind: 'list' | 'inventory';
  /** An address a line. */
  addresses: string;
  /** Of an inventory: which proxies it follows, and how many. */
  wanted: Wanted;
  count: string;
  regionTag: string;
  /** `keep` what is stored, `none`, or a `new` login. */
  login: 'keep' | 'none' | 'new';
  username: string;
  password: string;
}

export function providerFieldsOf(provider: ProviderView | null): ProviderFields {
  const inventory = provider?.inventory ?? null;
  return {
    name: provider?.name ?? '',
    kind: inventory === null ? 'list' : 'inventory',
    addresses: inventory === null ? (provider?.ipList.join('\n') ?? '') : '',
    wanted: {
      ...anyWanted,
      protocol: inventory?.protocol ?? '',
      country: inventory?.country ?? '',
      anonymity: inventory?.anonymity ?? '',
      min_score: inventory?.minScore?.toString() ?? '',
    },
    count: String(inventory?.count ?? 5),
    regionTag: provider?.regionTag ?? '',
    login: provider === null ? 'none' : 'keep',
    username: '',
    password: '',
  };
}

const textOrNull = (text: string) => (text.trim() === '' ? null : text.trim());

function sourceOf(fields: ProviderFields): Record<string, unknown> {
  if (fields.kind === 'list') return { ipList: fields.addresses.split(/\s+/).filter(Boolean) };
  const { min_score: minScore } = fields.wanted;
  return {
    inventory: {
      ...wantedBody({ ...fields.wanted, min_score: '' }),
      minScore: minScore.trim() === '' ? null : Number(minScore),
      count: Number(fields.count),
    },
  };
}

/** What an update leaves out of `auth` stays; the proxies of the inventory have logins of their own. */
function authOf({ kind, login, username, password }: ProviderFields): Record<string, unknown> {
  if (kind === 'inventory' || login === 'none') return { auth: null };
  return login === 'new' ? { auth: { username, password } } : {};
}

export function providerInputOf(fields: ProviderFields): Record<string, unknown> {
  return {
    name: fields.name.trim(),
    ...sourceOf(fields),
    regionTag: textOrNull(fields.regionTag),
    ...authOf(fields),
  };
}
