import type { Role } from '../../accounts/actor.ts';
import type { Anonymity, ProxyProtocol } from '../../proxy-pool/proxies/proxies.types.ts';

/** Which proxies of the inventory a provider follows: the `count` best that match. Null: any. */
export interface InventoryFilter {
  protocol: ProxyProtocol | null;
  country: string | null;
  anonymity: Anonymity | null;
  /** 0 to 1. */
  minScore: number | null;
  count: number;
}

/** A proxy of the inventory that a provider has now. */
export interface InventoryMember {
  proxyId: string;
  /** `scheme://ip:port`. */
  address: string;
  username: string | null;
  /** Encrypted as in the inventory. */
  passwordSealed: string | null;
}

/**
 * A proxy of the inventory that its lease book is to keep for a provider. It is in the provider's `members` from when the
 * book has confirmed that until it has to go; then it stays here until no target has a request on it.
 */
export interface InventoryHold {
  proxyId: string;
  poolNumber: number;
  provider: string;
  /** `scheme://ip:port`. */
  address: string;
  /** Of the change that asked for it, or made it a member: what was found out before that is not about this. */
  joinedRevision: number;
  /** Names of targets that had it, and may have a request on it still. */
  draining: readonly string[];
}

export interface RoutingProvider {
  name: string;
  /** Addresses as they were given, in order. */
  ipList: readonly string[];
  /** Null: its addresses are those of `ipList`. */
  inventory: InventoryFilter | null;
  /** Empty without `inventory`. */
  members: readonly InventoryMember[];
  regionTag: string | null;
  username: string | null;
  /** Encrypted; see `providerPasswordContext`. */
  passwordSealed: string | null;
  isMutable: boolean;
  createdRevision: number;
}

export interface IpRequest {
  provider: string;
  count: number;
}

export interface IpPool {
  name: string;
  ipRequests: readonly IpRequest[];
  isMutable: boolean;
  createdRevision: number;
}

export interface RoutingTarget {
  name: string;
  /** RE2. */
  regex: string;
  poolName: string;
  minRequestIntervalMs: number;
  maxQueueWaitMs: number;
  numRetries: number;
  ipFailuresUntilQuarantine: number;
  quarantineTimeMs: number;
  /** Whose keys may forward to it; null: those with `write`. */
  allowedRoles: readonly Role[] | null;
  isMutable: boolean;
  createdRevision: number;
  /** Of its last change, one of its pool or of a provider included. */
  revision: number;
}

/** All definitions at one revision, and what they have of the inventory; by name, each kind in the order of creation. */
export interface RoutingConfiguration {
  /** Grows with every change of any of them. */
  revision: number;
  providers: ReadonlyMap<string, RoutingProvider>;
  pools: ReadonlyMap<string, IpPool>;
  targets: ReadonlyMap<string, RoutingTarget>;
  /** By proxy. */
  holds: ReadonlyMap<string, InventoryHold>;
}

/** An address that a target rotates over. */
export interface ResolvedIp {
  /** `scheme://host:port`. */
  address: string;
  provider: string;
  /** Its id in the inventory, if it comes from there. */
  proxyId?: string;
}
