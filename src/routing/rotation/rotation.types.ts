/** An IP that a target may use. Credentials are none of the rotor's business: the caller has them. */
export interface TargetIp {
  /** `scheme://host:port`; it names the IP within its target. */
  address: string;
  provider: string;
  /** The proxy of the inventory that it is; absent for one of a provider's own list. */
  proxyId?: string;
}

/** How a target is served. Of the same address only the first counts. */
export interface TargetConfiguration {
  name: string;
  /** Grows with each change, also over the target's removal and return: what is not newer is ignored. */
  revision: number;
  /** How long an IP rests after a request was sent through it. */
  minRequestIntervalMs: number;
  /** How long a request waits for an IP. */
  maxQueueWaitMs: number;
  numRetries: number;
  ipFailuresUntilQuarantine: number;
  quarantineTimeMs: number;
  ips: readonly TargetIp[];
}

/**
 * What became of a request through an IP. `rate_limited` is a 429, `server_error` a 502, 503 or 504; both, and
 * `connection_error`, count against the IP. `cancelled`: the caller left, which says nothing of it.
 */
export const requestOutcomes = ['success', 'rate_limited', 'server_error', 'connection_error', 'cancelled'] as const;
export type RequestOutcome = (typeof requestOutcomes)[number];

export interface CheckoutRequest {
  /** The caller's own, fresh for each try: asked again it gives the same answer. */
  checkoutId: string;
  /** Of the configuration that the caller knows; a rotor that has an older one says so. */
  revision: number;
  /** Addresses that failed already: others come first, as long as there are any that aren't quarantined. */
  excluded: readonly string[];
  /** The one address that will do, or null. */
  forced: string | null;
  /** What became of earlier requests, told with this one; it comes first. */
  reports?: readonly RequestReport[];
}

export interface CheckedOut {
  ok: true;
  address: string;
  provider: string;
  proxyId: string | null;
  /** How long the request waited. */
  queueMs: number;
  /** Others wait: its report should not. */
  isAwaited: boolean;
}

/**
 * `OUTDATED`: the rotor does not know this revision yet; `NO_TARGET`: it was removed; `UNKNOWN_IP`, `IP_QUARANTINED`: of
 * the forced address; `LEFT`: the caller went.
 */
export type CheckoutRefusalCode =
  | 'OUTDATED'
  | 'NO_TARGET'
  | 'QUEUE_TIMEOUT'
  | 'QUEUE_FULL'
  | 'UNKNOWN_IP'
  | 'IP_QUARANTINED'
  | 'LEFT';

export interface CheckoutRefusal {
  ok: false;
  code: CheckoutRefusalCode;
}

export type CheckoutResult = CheckedOut | CheckoutRefusal;

/** False when the checkout has lapsed: the IP may be somebody else's, and the request must end. */
export interface ExtendResult {
  ok: boolean;
}

export interface RequestReport {
  checkoutId: string;
  outcome: RequestOutcome;
  /** How long ago the request was sent; null when it never was. A duration, since clocks differ. */
  sentAgoMs: number | null;
  /** From sending it to the head of the answer; null without one. */
  latencyMs: number | null;
}

/** False when the checkout was reported before, or has lapsed; nothing changes then. */
export interface ReportResult {
  ok: boolean;
}

export type TargetIpStateName = 'FREE' | 'IN_USE' | 'HELD' | 'QUARANTINED';

export interface TargetIpState {
  address: string;
  provider: string;
  state: TargetIpStateName;
  /** In a row. An IP out of quarantine keeps them: one more and it is back. */
  failures: number;
  /** When it can be had again; null while it is free or in use. */
  releaseAtMs: number | null;
  requestCount: number;
  /** Not the target's any more: it finishes what it has. */
  isDraining: boolean;
}

/** Requests through IPs, each retry one, by what became of them. `lapsed`: the caller was not heard of again. */
export type OutcomeCounts = Record<RequestOutcome | 'lapsed', number>;

export interface TargetMetrics {
  outcomes: OutcomeCounts;
  /** Of all requests that had an answer. */
  latencySumMs: number;
  latencyCount: number;
  quarantines: number;
  queueTimeouts: number;
  lastRequestAtMs: number | null;
  /** Requests that have an IP, those that drain included. */
  checkouts: number;
  waiters: number;
  ips: Record<TargetIpStateName, number>;
}
