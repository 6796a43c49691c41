import type { Anonymity, ProxyProtocol } from '../proxies/proxies.types.ts';
import type { BookProxyRow, LeasedProxy, LeaseView } from './lease-book.types.ts';

/**
 * `pending`: its debit is under way. `uncertain`: its fate is unknown, after a crash or a lost answer, and the ledger
 * will say. `live`: charged. Only live ones are anybody's.
 */
export type LeaseState = 'pending' | 'uncertain' | 'live';

/** A later end that is written but not known to be paid for. Its lease doesn't end before the ledger has said. */
export interface BookRenewal {
  /** What its debit is booked under. */
  reference: string;
  /** The end that it gives; never before the lease's own. */
  expiresAtMs: number;
  state: Exclude<LeaseState, 'live'>;
}

export interface BookLease {
  id: string;
  accountId: string;
  acquiredAtMs: number;
  expiresAtMs: number;
  state: LeaseState;
  /** At most one at a time. */
  renewal: BookRenewal | null;
}

/** A proxy as the book holds it in memory; 100,000 of them must fit, so it is flat. */
export interface BookProxy {
  readonly id: string;
  ip: string;
  port: number;
  protocol: ProxyProtocol;
  country: string | null;
  anonymity: Anonymity | null;
  scoreHundredths: number;
  latencyMs: number | null;
  username: string | null;
  passwordSealed: string | null;
  leasable: boolean;
  revision: number;
  /** Place of its newest lease among all of the book; 0: never leased. */
  leaseSequence: number;
  lease: BookLease | null;
  /** Routing has it for itself; then it has no lease, and gets none. */
  held: boolean;
}

/** Far above the number of countries: what comes beyond is simply not shared. */
const MAX_SHARED_TEXTS = 1_000;
const sharedTexts = new Map<string, string>();

/** One copy of a text that many proxies have, instead of one for each. */
function shared<Text extends string | null>(text: Text): Text {
  if (text === null) return text;
  const known = sharedTexts.get(text);
  if (known !== undefined) return known as Text;
  if (sharedTexts.size < MAX_SHARED_TEXTS) sharedTexts.set(text, text);
  return text;
}

export function createBookProxy(row: BookProxyRow): BookProxy {
  return {
    id: row.id,
    ip: row.ip,
    port: row.port,
    protocol: shared(row.protocol),
    country: shared(row.country),
    anonymity: shared(row.anonymity),
    scoreHundredths: toHundredths(row.score),
    latencyMs: row.latencyMs,
    username: row.username,
    passwordSealed: row.passwordSealed,
    leasable: row.leasable,
    revision: row.revision,
    leaseSequence: 0,
    lease: null,
    held: false,
  };
}

/** Whether it is among those that are leased, or free to be. */
export function isOffered({ leasable, held }: BookProxy): boolean {
  return leasable && !held;
}

function toHundredths(score: number): number {
  return Math.min(100, Math.max(0, Math.round(score * 100)));
}

/** Takes over what the inventory says, leaving the lease alone. */
export function updateBookProxy(proxy: BookProxy, row: BookProxyRow): void {
  proxy.ip = row.ip;
  proxy.port = row.port;
  proxy.protocol = shared(row.protocol);
  proxy.country = shared(row.country);
  proxy.anonymity = shared(row.anonymity);
  proxy.scoreHundredths = toHundredths(row.score);
  proxy.latencyMs = row.latencyMs;
  proxy.username = row.username;
  proxy.passwordSealed = row.passwordSealed;
  proxy.leasable = row.leasable;
  proxy.revision = row.revision;
}

export function toLeasedProxy(proxy: BookProxy): LeasedProxy {
  const { id, ip, port, protocol, country, anonymity, username, passwordSealed } = proxy;
  return { id, ip, port, protocol, country, anonymity, username, passwordSealed };
}

export function toLeaseView(proxy: BookProxy, lease: BookLease): LeaseView {
  const { id: leaseId, acquiredAtMs, expiresAtMs } = lease;
  return { leaseId, proxy: toLeasedProxy(proxy), acquiredAtMs, expiresAtMs };
}
