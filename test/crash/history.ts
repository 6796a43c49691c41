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
  /** Acknowledged: our own checks found its proxy dead, the lease has ended and its credit came back. */
  refunded: boolean;
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
  /** Reports that were answered, of all outcomes. */
  reports: number;
  /** Of these, those of a dead proxy that gave the credit back. */
  refunds: number;
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
    reports: 0,
    refunds: 0,
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
    refunded: false,
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

export interface ReportedBody {
  refunded: boolean;
  recheck: 'passed' | 'failed' | 'inconclusive' | null;
}

/**
 * Notes the answer to a report of a proxy that nobody answers at. `isInTime`: even the last try was sent within the time in
 * which such a report is refunded.
 */
export function noteReportedDead(history: History, lease: LeaseRecord, body: ReportedBody, isInTime: boolean): void {
  history.reports += 1;
  if (body.refunded) {
    lease.refunded = true;
    history.refunds += 1;
  } else if (isInTime || body.recheck !== 'failed') {
    history.violations.push(`a report of ${lease.leaseId} was not refunded, its recheck ${body.recheck}`);
  }
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

/** What an account was told, as of when its list is asked for. */
export interface Told {
  held: HeldLease[];
  /** Ids of leases that were given back or taken back. */
  ended: Set<string>;
}

/** What an account must hold, and must hold no more, by what it was told: to be asked before its list is. */
export function toldOf(history: History, accountId: string): Told {
  const own = [...history.leases.values()].filter((lease) => lease.accountId === accountId);
  return {
    held: own.filter((lease) => !lease.releaseSent).map((lease) => ({ lease, expiresAtMs: lease.expiresAtMs })),
    ended: new Set(own.filter((lease) => lease.releasedAtMs !== null || lease.refunded).map(({ leaseId }) => leaseId)),
  };
}

/**
 * Holds a list of live leases that was answered just now against what was acknowledged before it was asked for: a lease
 * that nobody has released and whose time isn't over must be in it, with the end that was promised or a later one; one
 * that was released or refunded must not.
 */
export function noteListed(history: History, told: Told, items: readonly ListedLease[], nowMs: number): void {
  for (const { lease_id: leaseId } of items) {
    if (told.ended.has(leaseId)) history.violations.push(`acknowledged and lost: the end of ${leaseId}`);
  }
  const ends = new Map(items.map((item) => [item.lease_id, Date.parse(item.expires_at)]));
  for (const { lease, expiresAtMs } of told.held) {
    if (lease.releaseSent || expiresAtMs <= nowMs) continue;
    const end = ends.get(lease.leaseId);
    if (end === undefined) history.violations.push(`acknowledged and lost: lease ${lease.leaseId}`);
    else if (end < expiresAtMs) history.violations.push(`acknowledged and lost: a renewal of ${lease.leaseId}`);
  }
}
