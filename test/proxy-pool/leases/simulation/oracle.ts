import type { BookWrite, Served } from '../../../../src/proxy-pool/leases/book-state.model.ts';
import type {
  AcquireRequest,
  AcquireResult,
  BookProxyRow,
  LeaseFilters,
  LeaseView,
} from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import { createLedgerOracle, type LedgerOracle } from './ledger-oracle.ts';

export interface OracleLease {
  id: string;
  accountId: string;
  proxyId: string;
  acquiredAtMs: number;
  expiresAtMs: number;
  /** Released, expired or never granted: none of it comes back. */
  gone: 'released' | 'expired' | 'dropped' | null;
}

interface OracleProxy {
  row: BookProxyRow;
  holder: OracleLease | null;
  /** When it was leased last, counted in leases. */
  turn: number;
}

interface OracleWaiter {
  ticket: number;
  accountId: string;
  filters: LeaseFilters;
  maxLiveLeases: number;
}

function suits(row: BookProxyRow, filters: LeaseFilters): boolean {
  const { protocol, country, anonymity, minScore } = filters;
  const wanted = [
    [protocol, row.protocol],
    [country, row.country],
    [anonymity, row.anonymity],
  ];
  return wanted.every(([wish, has]) => wish === null || wish === has) && row.score >= (minScore ?? 0);
}

/**
 * What must be true of leases and credits, kept beside a simulation by watching what it stores, what it sends and what
 * it answers. Everything that is not true is noted; nothing is thrown, since the flows catch.
 */
export function createOracle(nowMs: () => number) {
  const violations: string[] = [];
  const proxies = new Map<string, OracleProxy>();
  const leases = new Map<string, OracleLease>();
  const ledgers = new Map<string, LedgerOracle>();
  const waiters: OracleWaiter[] = [];
  const releaseAsked = new Map<string, string>();
  /** Debits that were sent and may still be carried out, by lease. */
  const debitsUnderWay = new Map<string, number>();
  let turns = 0;

  const must = (holds: boolean, message: string): void => {
    if (!holds) violations.push(message);
  };
  const ledgerOf = (accountId: string): LedgerOracle => {
    const known = ledgers.get(accountId) ?? createLedgerOracle();
    ledgers.set(accountId, known);
    return known;
  };
  const isCharged = (lease: OracleLease) => ledgerOf(lease.accountId).isCharged(lease.id);
  const heldBy = (accountId: string) =>
    [...leases.values()].filter((lease) => lease.accountId === accountId && lease.gone === null);
  const freeMatches = (filters: LeaseFilters) =>
    [...proxies.values()].filter(({ row, holder }) => row.leasable && holder === null && suits(row, filters));
  const best = (filters: LeaseFilters): OracleProxy | undefined =>
    freeMatches(filters).sort(
      (left, right) =>
        right.row.score - left.row.score || left.turn - right.turn || (left.row.id < right.row.id ? -1 : 1),
    )[0];

  const ended = (write: Extract<BookWrite, { kind: 'ended' }>): void => {
    const lease = leases.get(write.leaseId);
    if (lease === undefined) {
      must(false, 'a lease ended that never began');
      return;
    }
    must(lease.gone === null, `a lease ended twice: ${lease.gone}, then ${write.how}`);
    must(isCharged(lease), `a lease ${write.how} that was never charged`);
    must(write.accountId === lease.accountId, 'a lease ended as somebody else’s');
    if (write.how === 'expired') must(lease.expiresAtMs <= nowMs(), 'a lease expired before its time');
    else {
      must(releaseAsked.get(lease.id) === lease.accountId, 'a lease was released by somebody else');
      must(nowMs() < lease.expiresAtMs, 'a lease was released after its time');
    }
    lease.gone = write.how;
    const proxy = proxies.get(lease.proxyId);
    if (proxy?.holder === lease) proxy.holder = null;
  };

  const dropped = (lease: OracleLease): void => {
    must(!isCharged(lease), 'a charged lease was taken away');
    const mayStillBeCharged = (debitsUnderWay.get(lease.id) ?? 0) > 0 && !ledgerOf(lease.accountId).isVoid(lease.id);
    must(!mayStillBeCharged, 'a lease was given up while its debit could still be booked');
    lease.gone = 'dropped';
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
    if (lease === null || lease.id === proxy.holder?.id) return;
    must(!leases.has(lease.id), 'a lease id was used twice');
    must(proxy.row.leasable, 'a proxy was leased that may not be');
    const { id, accountId, acquiredAtMs, expiresAtMs } = lease;
    proxy.holder = { id, accountId, proxyId: write.proxy.id, acquiredAtMs, expiresAtMs, gone: null };
    leases.set(id, proxy.holder);
    turns += 1;
    proxy.turn = turns;
  };

  const removed = (proxyId: string): void => {
    const proxy = proxies.get(proxyId);
    if (proxy?.holder) dropped(proxy.holder);
    // With its row goes the memory of when it was leased.
    if (proxy) Object.assign(proxy, { holder: null, turn: 0 });
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
    hasMatch: (filters: LeaseFilters) => [...proxies.values()].some(({ row }) => row.leasable && suits(row, filters)),
    /** The newest of what the inventory said of a proxy counts. */
    news(row: BookProxyRow): void {
      const known = proxies.get(row.id);
      if (known === undefined) proxies.set(row.id, { row, holder: null, turn: 0 });
      else if (row.revision > known.row.revision) known.row = row;
    },
    stored(writes: readonly BookWrite[]): void {
      for (const write of writes) {
        if (write.kind === 'ended') ended(write);
        if (write.kind === 'lease') leased(write);
        if (write.kind === 'remove') removed(write.proxyId);
      }
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
    debitSent: (leaseId: string, copies: number): void =>
      void debitsUnderWay.set(leaseId, (debitsUnderWay.get(leaseId) ?? 0) + copies),
    debitDone: (leaseId: string): void => void debitsUnderWay.set(leaseId, (debitsUnderWay.get(leaseId) ?? 1) - 1),
    charged(leaseId: string): void {
      const lease = leases.get(leaseId);
      must(lease !== undefined && lease.gone === null, `a lease was charged that was ${lease?.gone ?? 'never begun'}`);
    },
    askedToRelease: (accountId: string, leaseId: string): void => {
      if (leases.get(leaseId)?.accountId === accountId) releaseAsked.set(leaseId, accountId);
    },
    /** A caller was told that it has a lease. */
    acknowledged(request: AcquireRequest, result: Extract<AcquireResult, { ok: true }>): void {
      const { leaseId, proxy, acquiredAtMs, expiresAtMs }: LeaseView = result.lease;
      const lease = leases.get(leaseId);
      if (lease === undefined) {
        must(false, 'a lease was acknowledged that never began');
        return;
      }
      must(isCharged(lease), 'a lease was acknowledged that was not charged');
      must(lease.gone !== 'dropped', 'a lease was acknowledged that was given up');
      must(lease.accountId === request.accountId, 'a lease was acknowledged to somebody else');
      const same =
        lease.proxyId === proxy.id && lease.acquiredAtMs === acquiredAtMs && lease.expiresAtMs === expiresAtMs;
      must(same, 'what was acknowledged is not what was stored');
      must(expiresAtMs - acquiredAtMs === request.leaseDurationMs, 'a lease is shorter or longer than asked');
    },
    /** Everyone who waits loses the connection. */
    crashed: (): void => void waiters.splice(0),
  };
}

export type Oracle = ReturnType<typeof createOracle>;
