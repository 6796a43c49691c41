/** What the clients were told of one lease. Times are the Worker's, milliseconds since the epoch. */
export interface LeaseRecord {
  leaseId: string;
  accountId: string;
  proxyId: string;
  /** The Idempotency-Keys that it was the answer to: one, if all is well. */
  keys: Set<string>;
  acquiredAtMs: number;
  /** By what was acknowledged last. */
  expiresAtMs: number;
  /** Acknowledged renewals. */
  renewals: number;
  /** Set before a release is sent: from then on it may have ended. */
  releaseSent: boolean;
  releasedAtMs: number | null;
}

/** Everything that was acknowledged, and what was wrong at once. */
export interface History {
  leases: Map<string, LeaseRecord>;
  /** What each key was answered with. */
  leaseOfKey: Map<string, string>;
  violations: string[];
  /** Answers that were the first one again. */
  replays: number;
  /** Of these, those whose first answer nobody got: without a key each would have been a second charge. */
  recovered: number;
  renewals: number;
  releases: number;
  /** Ended by their time, by the word of a release that came late. */
  expired: number;
  /** Requests that found all leased, or whose wait was over. */
  refused: number;
}

export function createHistory(): History {
  return {
    leases: new Map(),
    leaseOfKey: new Map(),
    violations: [],
    replays: 0,
    recovered: 0,
    renewals: 0,
    releases: 0,
    expired: 0,
    refused: 0,
  };
}

export interface AcquiredBody {
  lease_id: string;
  proxy: { id: string };
  acquired_at: string;
  expires_at: string;
  credits_remaining: number;
}

/** Notes that a key was answered with a lease. The same key and lease again is a replay; anything else is wrong. */
export function noteAcquired(history: History, accountId: string, key: string, body: AcquiredBody): LeaseRecord {
  const before = history.leaseOfKey.get(key);
  if (before !== undefined && before !== body.lease_id) {
    history.violations.push(`double lease: one key was answered with ${before} and with ${body.lease_id}`);
  }
  history.leaseOfKey.set(key, body.lease_id);
  const known = history.leases.get(body.lease_id);
  if (known !== undefined) {
    known.keys.add(key);
    return known;
  }
  const lease: LeaseRecord = {
    leaseId: body.lease_id,
    accountId,
    proxyId: body.proxy.id,
    keys: new Set([key]),
    acquiredAtMs: Date.parse(body.acquired_at),
    expiresAtMs: Date.parse(body.expires_at),
    renewals: 0,
    releaseSent: false,
    releasedAtMs: null,
  };
  history.leases.set(lease.leaseId, lease);
  return lease;
}

/** Notes a paid renewal: a later end, never an earlier one. */
export function noteRenewed(history: History, lease: LeaseRecord, body: AcquiredBody): void {
  const expiresAtMs = Date.parse(body.expires_at);
  if (body.lease_id !== lease.leaseId || expiresAtMs < lease.expiresAtMs) {
    history.violations.push(
      `a renewal of ${lease.leaseId} was answered with ${body.lease_id} until ${body.expires_at}`,
    );
  }
  lease.expiresAtMs = expiresAtMs;
  lease.renewals += 1;
  history.renewals += 1;
}

export interface ListedLease {
  lease_id: string;
  expires_at: string;
}

export interface HeldLease {
  lease: LeaseRecord;
  /** What was acknowledged so far. */
  expiresAtMs: number;
}

/** What an account must hold by what it was told: to be asked before its list is. */
export function heldLeases(history: History, accountId: string): HeldLease[] {
  return [...history.leases.values()]
    .filter((lease) => lease.accountId === accountId && !lease.releaseSent)
    .map((lease) => ({ lease, expiresAtMs: lease.expiresAtMs }));
}

/**
 * Holds a list of live leases that was answered just now against what was acknowledged before it was asked for: a lease
 * that nobody has released and whose time isn't over must be in it, with the end that was promised or a later one.
 */
export function noteListed(
  history: History,
  held: readonly HeldLease[],
  items: readonly ListedLease[],
  nowMs: number,
): void {
  const ends = new Map(items.map((item) => [item.lease_id, Date.parse(item.expires_at)]));
  for (const { lease, expiresAtMs } of held) {
    if (lease.releaseSent || expiresAtMs <= nowMs) continue;
    const end = ends.get(lease.leaseId);
    if (end === undefined) history.violations.push(`acknowledged and lost: lease ${lease.leaseId}`);
    else if (end < expiresAtMs) history.violations.push(`acknowledged and lost: a renewal of ${lease.leaseId}`);
  }
}
