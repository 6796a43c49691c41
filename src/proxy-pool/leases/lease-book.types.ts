import type { Anonymity, ProxyProtocol } from '../proxies/proxies.types.ts';

/** What the inventory tells the book of one proxy. */
export interface BookProxyRow {
  id: string;
  ip: string;
  port: number;
  protocol: ProxyProtocol;
  country: string | null;
  anonymity: Anonymity | null;
  /** 0 to 1, two decimals. */
  score: number;
  latencyMs: number | null;
  username: string | null;
  /** Encrypted; opened only in the Worker, for an answer. */
  passwordSealed: string | null;
  leasable: boolean;
  /** Place in the inventory's order of changes, over all pools: of one proxy the highest wins. */
  revision: number;
}

/** Which of several matches is leased. `least_used`: the one whose last lease is the longest ago. */
export const leasePreferences = ['best', 'fastest', 'random', 'least_used'] as const;
export type LeasePreference = (typeof leasePreferences)[number];

export interface LeaseFilters {
  protocol: ProxyProtocol | null;
  country: string | null;
  anonymity: Anonymity | null;
  minScore: number | null;
  /** Ids of proxies that won't do; none when left out. */
  exclude?: readonly string[];
  /** `best` when left out. */
  prefer?: LeasePreference;
}

export interface LeaseIdempotency {
  key: string;
  bodyHash: string;
}

export interface AcquireRequest {
  accountId: string;
  /** Null for the built-in admin. */
  apiKeyId: string | null;
  filters: LeaseFilters;
  leaseDurationMs: number;
  /** 0: refuse instead of waiting. */
  waitMs: number;
  maxLiveLeases: number;
  idempotency: LeaseIdempotency | null;
  /** A name that the caller makes, to leave the queue by; null when it will never leave. */
  waiterId: string | null;
}

/** Asks for the best proxies that an account could use now, without leasing any. */
export interface CandidatesRequest {
  accountId: string;
  filters: LeaseFilters;
  maxProxies: number;
}

export interface CandidatesResult {
  ok: true;
  /** Best first. */
  items: LeasedProxy[];
  /** There is none, but others have some that match. */
  areAllLeased: boolean;
}

export interface LeasedProxy {
  id: string;
  ip: string;
  port: number;
  protocol: ProxyProtocol;
  country: string | null;
  anonymity: Anonymity | null;
  username: string | null;
  passwordSealed: string | null;
}

export interface LeaseView {
  leaseId: string;
  proxy: LeasedProxy;
  acquiredAtMs: number;
  expiresAtMs: number;
}

/** Why something was not charged. */
export type ChargeRefusal =
  | { ok: false; code: 'INSUFFICIENT_CREDITS'; balance: number }
  | { ok: false; code: 'KEY_REVOKED' }
  | { ok: false; code: 'ACCOUNT_DISABLED' }
  | { ok: false; code: 'IDEMPOTENCY_KEY_REUSED' }
  /** Whether it was charged is not known yet; the book finds out and nothing is lost. */
  | { ok: false; code: 'UNAVAILABLE' };

export type AcquireRefusal =
  | ChargeRefusal
  | { ok: false; code: 'NO_MATCHING_PROXY' }
  | { ok: false; code: 'ALL_PROXIES_LEASED'; retryAfterSeconds: number }
  | { ok: false; code: 'TOO_MANY_LEASES' }
  | { ok: false; code: 'QUEUE_FULL' }
  | { ok: false; code: 'IDEMPOTENCY_IN_FLIGHT' }
  /** The caller left the queue. */
  | { ok: false; code: 'LEFT' };

/** A lease that was paid for: a new one, or one that ends later. */
export interface LeaseGranted {
  ok: true;
  lease: LeaseView;
  creditsRemaining: number;
  /** The first answer to this key again; nothing was charged for it now. */
  replayed: boolean;
}

export type AcquireResult = LeaseGranted | AcquireRefusal;

export interface RenewRequest {
  accountId: string;
  /** Null for the built-in admin. */
  apiKeyId: string | null;
  leaseId: string;
  /** From now on. */
  leaseDurationMs: number;
  idempotency: LeaseIdempotency | null;
}

export type RenewRefusal =
  | ChargeRefusal
  | { ok: false; code: 'LEASE_NOT_FOUND' }
  | { ok: false; code: 'LEASE_EXPIRED' }
  /** It was released. */
  | { ok: false; code: 'LEASE_NOT_ACTIVE' };

export type RenewResult = LeaseGranted | RenewRefusal;

export type ReleaseResult =
  | { ok: true; leaseId: string; releasedAtMs: number }
  /** `LEASE_NOT_ACTIVE`: it was taken back, since its proxy was dead. */
  | { ok: false; code: 'LEASE_NOT_FOUND' | 'LEASE_EXPIRED' | 'LEASE_NOT_ACTIVE' | 'UNAVAILABLE' };

/** What a holder may tell of its proxy. */
export const reportOutcomes = ['ok', 'dead', 'blocked'] as const;
export type ReportOutcome = (typeof reportOutcomes)[number];

/** Asks how a reported lease stands; or has it ended and refunded. */
export interface ReportRequest {
  accountId: string;
  leaseId: string;
  /** Its proxy failed our own checks after a report of that time, by the book's clock; null: only asks. */
  confirmed: { proxyId: string; reportedAtMs: number } | null;
}

/** What became of a refund. */
export interface Refund {
  /** False: the account had all its refunds of the day. */
  paid: boolean;
  /** After it; null when it was not paid. */
  balance: number | null;
}

export type ReportRefusal = { ok: false; code: 'LEASE_NOT_FOUND' | 'LEASE_EXPIRED' | 'LEASE_NOT_ACTIVE' };

export type ReportResult =
  | { ok: true; standing: 'held'; proxyId: string; acquiredAtMs: number; nowMs: number }
  /** It has ended because its proxy was dead; the same answer however often it is asked. */
  | { ok: true; standing: 'dead'; proxyId: string; refund: Refund }
  | ReportRefusal
  /** Whether it is the caller's, or refunded, is not known yet; the book finds out and nothing is lost. */
  | { ok: false; code: 'UNAVAILABLE' };

export type LeaseListResult = { ok: true; items: LeaseView[] } | { ok: false; code: 'UNAVAILABLE' };

export interface ApplyResult {
  ok: true;
  /** Rows that were news to the book. */
  changed: number;
  watermark: number;
}

export interface BookStats {
  ok: true;
  leasable: number;
  free: number;
  liveLeases: number;
  waiters: number;
}

/** What a book says of a proxy; `unknown`: nothing that can be leased. */
export type ProxyStanding = 'free' | 'leased' | 'held' | 'unknown';

/** All the proxies of a pool that routing is to have, at a revision of its configuration. */
export interface HoldRequest {
  /** Grows with each change of the list: an older list than the one that is known is not taken. */
  revision: number;
  proxyIds: readonly string[];
}

/** Of these routing has the ones in `held`: the others are leased, can't be leased, or are not known. */
export type HoldResult = { ok: true; held: string[] } | { ok: false; code: 'OUTDATED' };
