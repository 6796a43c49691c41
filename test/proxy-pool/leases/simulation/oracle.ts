import type { BookLease, BookProxy } from '../../../../src/proxy-pool/leases/book-proxy.model.ts';
import type { BookWrite, OwedRefund, Served } from '../../../../src/proxy-pool/leases/book-state.model.ts';
import type {
  AcquireRequest,
  BookProxyRow,
  HoldRequest,
  LeaseFilters,
  LeaseGranted,
  LeaseView,
  RenewRequest,
} from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import { createLedgerOracle, type LedgerOracle } from './ledger-oracle.ts';

export interface OracleLease {
  id: string;
  accountId: string;
  proxyId: string;
  acquiredAtMs: number;
  /** As it was leased, and as it is now. */
  firstEndMs: number;
  expiresAtMs: number;
  /** Released, expired or never granted: none of it comes back. */
  gone: 'released' | 'expired' | 'dead' | 'dropped' | null;
  renewal: OracleRenewal | null;
}

interface OracleRenewal {
  reference: string;
  leaseId: string;
  accountId: string;
  expiresAtMs: number;
  beganAtMs: number;
  /** When the lease would have ended without it. */
  endBeforeMs: number;
}

interface OracleProxy {
  row: BookProxyRow;
  holder: OracleLease | null;
  /** When it was leased last, counted in leases. */
  turn: number;
  /** Routing has it. */
  held: boolean;
}

interface OracleWaiter {
  ticket: number;
  accountId: string;
  filters: LeaseFilters;
  maxLiveLeases: number;
}

/** Whether it is anybody's to lease, now or when its lease ends. */
export function isOffered({ row, held }: Pick<OracleProxy, 'row' | 'held'>): boolean {
  return row.leasable && !held;
}

export function suits(row: BookProxyRow, filters: LeaseFilters): boolean {
  const { protocol, country, anonymity, minScore, exclude = [] } = filters;
  if (exclude.includes(row.id)) return false;
  const wanted = [
    [protocol, row.protocol],
    [country, row.country],
    [anonymity, row.anonymity],
  ];
  return wanted.every(([wish, has]) => wish === null || wish === has) && row.score >= (minScore ?? 0);
}

/** What comes before merit for those who prefer something else. */
function preference(left: OracleProxy, right: OracleProxy, { prefer }: LeaseFilters): number {
  if (prefer === 'least_used') return left.turn - right.turn;
  if (prefer !== 'fastest') return 0;
  const [before, after] = [left.row.latencyMs, right.row.latencyMs];
  if (before === after) return 0;
  if (before === null) return 1;
  return after === null ? -1 : before - after;
}

/**
 * What must be true of leases and credits, kept beside a simulation by watching what it stores, what it sends and what
 * it answers. Everything that is not true is noted; nothing is thrown, since the flows catch.
 */
export function createOracle(nowMs: () => number, maxRefundsPerDay: number) {
  const violations: string[] = [];
  const proxies = new Map<string, OracleProxy>();
  const leases = new Map<string, OracleLease>();
  const ledgers = new Map<string, LedgerOracle>();
  const waiters: OracleWaiter[] = [];
  const releaseAsked = new Map<string, string>();
  /** By lease: reports whose proxies failed our checks, and when they came. */
  const confirmedDead = new Map<string, { accountId: string; reportedAtMs: number }>();
  /** Leases whose credit is owed: they have ended as dead. */
  const owed = new Map<string, string>();
  const refusedRefunds = new Set<string>();
  const renewals = new Map<string, OracleRenewal>();
  /** References of the renewals that a lease got. */
  const renewed = new Set<string>();
  /** Debits that were sent and may still be carried out, by reference. */
  const debitsUnderWay = new Map<string, number>();
  let turns = 0;
  let wanted: readonly string[] = [];
  let wantedRevision = 0;

  const must = (holds: boolean, message: string): void => {
    if (!holds) violations.push(message);
  };
  const ledgerOf = (accountId: string): LedgerOracle => {
    const known = ledgers.get(accountId) ?? createLedgerOracle(maxRefundsPerDay);
    ledgers.set(accountId, known);
    return known;
  };
  const isCharged = (lease: OracleLease) => ledgerOf(lease.accountId).isCharged(lease.id);
  const heldBy = (accountId: string) =>
    [...leases.values()].filter((lease) => lease.accountId === accountId && lease.gone === null);
  const freeMatches = (filters: LeaseFilters) =>
    [...proxies.values()].filter(
      ({ row, holder, held }) => isOffered({ row, held }) && holder === null && suits(row, filters),
    );
  const best = (filters: LeaseFilters): OracleProxy | undefined =>
    freeMatches(filters).sort(
      (left, right) =>
        preference(left, right, filters) ||
        right.row.score - left.row.score ||
        left.turn - right.turn ||
        (left.row.id < right.row.id ? -1 : 1),
    )[0];

  const ended = (write: Extract<BookWrite, { kind: 'ended' }>): void => {
    const lease = leases.get(write.leaseId);
    if (lease === undefined) {
      must(false, 'a lease ended that never began');
      return;
    }
    must(lease.gone === null, `a lease ended twice: ${lease.gone}, then ${write.how}`);
    must(lease.renewal === null, 'a lease ended while nobody knew whether it was renewed');
    must(isCharged(lease), `a lease ${write.how} that was never charged`);
    must(write.accountId === lease.accountId, 'a lease ended as somebody else’s');
    if (write.how === 'expired') must(lease.expiresAtMs <= nowMs(), 'a lease expired before its time');
    else if (write.how === 'dead') {
      must(confirmedDead.get(lease.id)?.accountId === lease.accountId, 'a lease was taken back that was not reported');
      must(nowMs() < lease.expiresAtMs, 'a lease was taken back after its time');
    } else {
      must(releaseAsked.get(lease.id) === lease.accountId, 'a lease was released by somebody else');
      must(nowMs() < lease.expiresAtMs, 'a lease was released after its time');
    }
    lease.gone = write.how;
    const proxy = proxies.get(lease.proxyId);
    if (proxy?.holder === lease) proxy.holder = null;
  };

  const refundOwed = ({ leaseId, accountId, proxyId }: OwedRefund): void => {
    const lease = leases.get(leaseId);
    const report = confirmedDead.get(leaseId);
    must(!owed.has(leaseId), 'a refund was owed twice');
    must(lease?.accountId === accountId && lease.proxyId === proxyId, 'a refund is owed to somebody else');
    const ranOut = lease?.gone === 'expired' && report !== undefined && report.reportedAtMs < lease.expiresAtMs;
    must(lease?.gone === 'dead' || ranOut, 'a refund is owed for a lease that goes on, or ended otherwise');
    if (lease) lease.gone = 'dead';
    owed.set(leaseId, accountId);
  };

  const mayStillBeCharged = (accountId: string, reference: string): boolean =>
    (debitsUnderWay.get(reference) ?? 0) > 0 && !ledgerOf(accountId).isVoid(reference);

  const dropped = (lease: OracleLease): void => {
    must(!isCharged(lease), 'a charged lease was taken away');
    must(!mayStillBeCharged(lease.accountId, lease.id), 'a lease was given up while its debit could still be booked');
    lease.gone = 'dropped';
  };

  /** A held lease was written again: its end and its renewal may have changed, and only so. */
  const rewritten = (holder: OracleLease, stored: BookLease): void => {
    const open = holder.renewal;
    if (open !== null && stored.renewal?.reference !== open.reference) {
      const isPaid = ledgerOf(open.accountId).isCharged(open.reference);
      const mayBePaid = mayStillBeCharged(open.accountId, open.reference);
      must(isPaid || !mayBePaid, 'a renewal was given up while its debit could still be booked');
      if (isPaid) {
        renewed.add(open.reference);
        holder.expiresAtMs = open.expiresAtMs;
      }
      holder.renewal = null;
    }
    must(
      stored.expiresAtMs === holder.expiresAtMs,
      `a lease ends ${stored.expiresAtMs - holder.expiresAtMs} ms off what was paid for`,
    );
    if (stored.renewal === null || stored.renewal.reference === holder.renewal?.reference) return;
    must(holder.renewal === null, 'a lease was renewed twice at once');
    must(isCharged(holder), 'a lease was renewed that was never charged');
    const { reference, expiresAtMs } = stored.renewal;
    const { id: leaseId, accountId, expiresAtMs: endBeforeMs } = holder;
    holder.renewal = { reference, leaseId, accountId, expiresAtMs, beganAtMs: nowMs(), endBeforeMs };
    renewals.set(reference, holder.renewal);
  };

  const leased = (write: Extract<BookWrite, { kind: 'lease' }>): void => {
    const proxy = proxies.get(write.proxy.id);
    if (proxy === undefined) {
      must(false, 'a proxy that nobody announced was leased');
      return;
    }
    const { lease } = write.proxy;
    if (proxy.holder !== null && proxy.holder.id !== lease?.id) {
      dropped(proxy.holder);
      proxy.holder = null;
    }
    if (lease === null) return;
    if (proxy.holder !== null) {
      rewritten(proxy.holder, lease);
      return;
    }
    must(!leases.has(lease.id), 'a lease id was used twice');
    must(proxy.row.leasable, 'a proxy was leased that may not be');
    must(!proxy.held, 'a proxy was leased that routing has');
    const { id, accountId, acquiredAtMs, expiresAtMs } = lease;
    const begun = { id, accountId, proxyId: write.proxy.id, acquiredAtMs, firstEndMs: expiresAtMs, expiresAtMs };
    proxy.holder = { ...begun, gone: null, renewal: null };
    leases.set(id, proxy.holder);
    turns += 1;
    proxy.turn = turns;
  };

  const held = ({ id, held: isHeld }: BookProxy): void => {
    const proxy = proxies.get(id);
    must(proxy !== undefined && proxy.held !== isHeld, 'what was held is held once more, or what was free let go');
    must(!isHeld || proxy?.holder === null, 'a proxy was held that is leased');
    must(!isHeld || proxy?.row.leasable === true, 'a proxy was held that may not be had');
    must(isHeld === wanted.includes(id), 'a proxy was held, or let go, against the newest list');
    if (proxy) proxy.held = isHeld;
  };

  const removed = (proxyId: string): void => {
    const proxy = proxies.get(proxyId);
    if (proxy?.holder) dropped(proxy.holder);
    // With its row goes the memory of when it was leased.
    must(!proxy?.held || !wanted.includes(proxyId), 'a proxy was forgotten that routing has');
    if (proxy) Object.assign(proxy, { holder: null, turn: 0, held: false });
    must(proxy === undefined || !proxy.row.leasable, 'a leasable proxy was forgotten');
  };

  return {
    violations,
    must,
    ledgerOf,
    leases,
    proxies,
    waiters,
    best,
    heldBy,
    isCharged,
    hasMatch: (filters: LeaseFilters) =>
      [...proxies.values()].some((proxy) => isOffered(proxy) && suits(proxy.row, filters)),
    /** The newest of what the inventory said of a proxy counts. */
    news(row: BookProxyRow): void {
      const known = proxies.get(row.id);
      if (known === undefined) proxies.set(row.id, { row, holder: null, turn: 0, held: false });
      else if (row.revision > known.row.revision) known.row = row;
    },
    stored(writes: readonly BookWrite[]): void {
      // A proxy is written as it is after the command: its last place among the writes is when that came to be.
      const lastOf = new Map(writes.flatMap((write) => (write.kind === 'lease' ? [[write.proxy.id, write]] : [])));
      for (const write of writes) {
        if (write.kind === 'ended') ended(write);
        if (write.kind === 'refund_owed') refundOwed(write.owed);
        if (write.kind === 'refund_done') {
          const account = ledgerOf(owed.get(write.leaseId) ?? '');
          const isPaid = account.isRefunded(`refund:${write.leaseId}`);
          must(write.refund.paid === isPaid, 'a refund is noted as paid that is not, or as refused that was paid');
          if (!write.refund.paid) refusedRefunds.add(write.leaseId);
        }
        if (write.kind === 'lease' && lastOf.get(write.proxy.id) === write) leased(write);
        if (write.kind === 'held') held(write.proxy);
        if (write.kind === 'remove') removed(write.proxyId);
      }
    },
    /** Routing says which it is to have; false when the list is older than the newest. */
    isToHold({ revision, proxyIds }: HoldRequest): boolean {
      if (revision < wantedRevision) return false;
      wanted = proxyIds;
      wantedRevision = revision;
      return true;
    },
    waits: (waiter: OracleWaiter): void => void waiters.push(waiter),
    served(items: readonly Served[]): void {
      for (const { ticket, outcome } of items) {
        const waiter = waiters.find((candidate) => candidate.ticket === ticket);
        if (waiter) waiters.splice(waiters.indexOf(waiter), 1);
        const proxyId = outcome.kind === 'pending' ? outcome.view.proxy.id : null;
        const row = proxyId === null ? undefined : proxies.get(proxyId)?.row;
        if (waiter === undefined || row === undefined) continue;
        must(suits(row, waiter.filters), 'a waiter was given a proxy that it did not ask for');
        const overtaken = waiters.some((other) => other.ticket < ticket && suits(row, other.filters));
        must(!overtaken, 'a waiter was overtaken');
      }
    },
    debitSent: (reference: string, copies: number): void =>
      void debitsUnderWay.set(reference, (debitsUnderWay.get(reference) ?? 0) + copies),
    debitDone: (reference: string): void =>
      void debitsUnderWay.set(reference, (debitsUnderWay.get(reference) ?? 1) - 1),
    charged(reference: string): void {
      const renewal = renewals.get(reference);
      const lease = leases.get(renewal?.leaseId ?? reference);
      must(renewal === undefined || lease?.renewal === renewal, 'a renewal was charged that was not open');
      must(lease !== undefined && lease.gone === null, `a lease was charged that was ${lease?.gone ?? 'never begun'}`);
    },
    askedToRelease: (accountId: string, leaseId: string): void => {
      if (leases.get(leaseId)?.accountId === accountId) releaseAsked.set(leaseId, accountId);
    },
    confirmedDead: (accountId: string, leaseId: string): void => {
      if (leases.get(leaseId)?.accountId === accountId && !confirmedDead.has(leaseId)) {
        confirmedDead.set(leaseId, { accountId, reportedAtMs: nowMs() });
      }
    },
    reportedAtMs: (leaseId: string): number => confirmedDead.get(leaseId)?.reportedAtMs ?? nowMs(),
    /** A credit went back. */
    refunded(accountId: string, reference: string): void {
      const leaseId = reference.replace('refund:', '');
      must(owed.get(leaseId) === accountId, 'a credit went back that was not owed');
      const lease = leases.get(leaseId);
      must(lease?.gone === 'dead' && isCharged(lease), 'a credit went back before its lease had ended');
    },
    /** At the end of a run: all that is owed has been paid, or refused for good. */
    refundsAreDone(): void {
      for (const [leaseId, accountId] of owed) {
        const isPaid = ledgerOf(accountId).isRefunded(`refund:${leaseId}`);
        must(isPaid !== refusedRefunds.has(leaseId), 'a refund stays owed, or was both paid and refused');
      }
    },
    /** A caller was told that it has a lease. */
    acknowledged(request: AcquireRequest, result: LeaseGranted): void {
      const { leaseId, proxy, acquiredAtMs, expiresAtMs }: LeaseView = result.lease;
      const lease = leases.get(leaseId);
      if (lease === undefined) {
        must(false, 'a lease was acknowledged that never began');
        return;
      }
      must(isCharged(lease), 'a lease was acknowledged that was not charged');
      must(lease.gone !== 'dropped', 'a lease was acknowledged that was given up');
      must(lease.accountId === request.accountId, 'a lease was acknowledged to somebody else');
      const same = lease.proxyId === proxy.id && lease.acquiredAtMs === acquiredAtMs;
      must(same && lease.firstEndMs === expiresAtMs, 'what was acknowledged is not what was stored');
      must(expiresAtMs - acquiredAtMs === request.leaseDurationMs, 'a lease is shorter or longer than asked');
    },
    /** A caller was told that its lease ends later. */
    acknowledgedRenewal(request: RenewRequest, result: LeaseGranted): void {
      const { leaseId, expiresAtMs }: LeaseView = result.lease;
      must(leaseId === request.leaseId, 'another lease was acknowledged than the one to renew');
      must(leases.get(leaseId)?.accountId === request.accountId, 'somebody renewed a lease of another');
      const ofLease = [...renewals.values()].filter((renewal) => renewal.leaseId === leaseId);
      const isDue = ofLease.some(
        ({ reference, endBeforeMs, beganAtMs }) =>
          renewed.has(reference) && expiresAtMs === Math.max(endBeforeMs, beganAtMs + request.leaseDurationMs),
      );
      must(isDue, 'a renewal was acknowledged that did not happen, or for another time than asked');
    },
    /** When a held lease ends, now that nothing is under way that could change it. */
    knownEndMs: (lease: OracleLease): number =>
      lease.renewal && ledgerOf(lease.accountId).isCharged(lease.renewal.reference)
        ? lease.renewal.expiresAtMs
        : lease.expiresAtMs,
    /** At the end of a run: each renewal that was charged is a lease's. */
    renewalsAreDone(): void {
      for (const { reference, accountId } of renewals.values()) {
        must(renewed.has(reference) === ledgerOf(accountId).isCharged(reference), 'a renewal was paid and not given');
      }
    },
    /** Everyone who waits loses the connection. */
    crashed: (): void => void waiters.splice(0),
  };
}

export type Oracle = ReturnType<typeof createOracle>;
