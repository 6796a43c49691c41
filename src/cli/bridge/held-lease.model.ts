import type { Upstream } from './upstream.ts';

/** A lease with less left is not begun with. */
const MIN_REMAINING_MS = 2_000;
/** A renewal and its repetitions have this long before the end, or half of a short lease. */
const RENEW_BEFORE_MS = 30_000;

/** A lease of the bridge, and what goes through it. */
export interface HeldLease {
  readonly id: string;
  readonly proxyId: string;
  readonly upstream: Upstream;
  expiresAtMs: number;
  /** Whoever sticks to it leaves it then; without end where nobody sticks. */
  stickyUntilMs: number;
  lastUsedAtMs: number;
  /** Requests and tunnels that are under way. */
  inFlight: number;
  /** Used since it was paid for last: an idle one is not renewed. */
  isInUse: boolean;
  isRenewing: boolean;
  /** It knows no CONNECT: it is for plain HTTP alone. */
  refusesTunnels: boolean;
  /** It takes nothing new; given back with the last of what is under way. */
  isLeaving: boolean;
  /** It is being reported as dead, which ends it. */
  isReported: boolean;
}

/** What a request wants of a proxy. */
export interface Need {
  isTunnel: boolean;
  /** Ids of proxies that this request has tried. */
  tried: ReadonlySet<string>;
}

/** Whether a request may begin on it. */
export function isUsable(lease: HeldLease, { isTunnel, tried }: Need, nowMs: number): boolean {
  return (
    !lease.isLeaving &&
    !tried.has(lease.proxyId) &&
    !(lease.refusesTunnels && (isTunnel || lease.upstream.protocol !== 'http')) &&
    lease.expiresAtMs - nowMs > MIN_REMAINING_MS &&
    nowMs < lease.stickyUntilMs
  );
}

/** Whose turn it is: of those that may be used the one that was used longest ago. */
export function chooseLease(leases: Iterable<HeldLease>, need: Need, nowMs: number): HeldLease | undefined {
  let chosen: HeldLease | undefined;
  for (const lease of leases) {
    if (!isUsable(lease, need, nowMs)) continue;
    if (chosen === undefined || lease.lastUsedAtMs < chosen.lastUsedAtMs) chosen = lease;
  }
  return chosen;
}

export type Duty = 'end' | 'leave' | 'renew' | 'nothing';

/** What is to be done about a lease now. */
export function dutyOf(lease: HeldLease, nowMs: number, durationMs: number): Duty {
  if (nowMs >= lease.expiresAtMs) return 'end';
  const isOver = lease.isLeaving || nowMs >= lease.stickyUntilMs;
  if (isOver && lease.inFlight === 0) return lease.isReported ? 'nothing' : 'leave';
  const isNeeded = (lease.inFlight > 0 && !lease.isReported) || (lease.isInUse && !isOver);
  const isSoon = lease.expiresAtMs - nowMs <= Math.min(RENEW_BEFORE_MS, durationMs / 2);
  return isNeeded && isSoon && !lease.isRenewing ? 'renew' : 'nothing';
}
