import type { Role } from '../../accounts/actor.ts';
import { displayAddress } from '../configuration/address.model.ts';
import { addressesOf, type ConfigurationPlan, resolvePool } from '../configuration/configuration.model.ts';
import type {
  InventoryFilter,
  IpPool,
  IpRequest,
  RoutingConfiguration,
  RoutingProvider,
  RoutingTarget,
} from '../configuration/configuration.types.ts';

const MS_PER_SECOND = 1_000;

/** A definition as the schema shows it; never a secret. */
export interface TargetView {
  name: string;
  regex: string;
  poolName: string;
  resolvedIps: { address: string; provider: string }[];
  minRequestInterval: number;
  maxQueueWait: number;
  numRetries: number;
  ipFailuresUntilQuarantine: number;
  quarantineTime: number;
  allowedRoles: readonly Role[] | null;
  mutable: boolean;
}

export interface PoolView {
  name: string;
  ipRequests: readonly IpRequest[];
  mutable: boolean;
}

export interface ProviderView {
  name: string;
  ipList: readonly string[];
  inventory: InventoryFilter | null;
  regionTag: string | null;
  hasAuth: boolean;
  mutable: boolean;
}

export function viewTarget(configuration: RoutingConfiguration, target: RoutingTarget): TargetView {
  return {
    name: target.name,
    regex: target.regex,
    poolName: target.poolName,
    resolvedIps: resolvePool(configuration, target.poolName).map(({ address, provider }) => ({
      address: displayAddress(address),
      provider,
    })),
    minRequestInterval: target.minRequestIntervalMs / MS_PER_SECOND,
    maxQueueWait: target.maxQueueWaitMs / MS_PER_SECOND,
    numRetries: target.numRetries,
    ipFailuresUntilQuarantine: target.ipFailuresUntilQuarantine,
    quarantineTime: target.quarantineTimeMs / MS_PER_SECOND,
    allowedRoles: target.allowedRoles,
    mutable: target.isMutable,
  };
}

export function viewPool({ name, ipRequests, isMutable }: IpPool): PoolView {
  return { name, ipRequests, mutable: isMutable };
}

export function viewProvider(provider: RoutingProvider): ProviderView {
  const { name, inventory, regionTag, isMutable } = provider;
  const followed = addressesOf(provider).map(({ address }) => displayAddress(address));
  return {
    name,
    // As it was given; what is followed has no spelling of its own.
    ipList: inventory ? followed : provider.ipList,
    inventory,
    regionTag,
    hasAuth: provider.username !== null,
    mutable: isMutable,
  };
}

export function viewPlan({ targets, addedIps, removedIps }: ConfigurationPlan) {
  return { targets, addedIps: addedIps.map(displayAddress), removedIps: removedIps.map(displayAddress) };
}
