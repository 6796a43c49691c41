import { smallestIdAt } from '../../platform/ids.ts';
import type { BookWrite, EndedHow, EndedLease, OwedRefund } from './book-state.model.ts';
import type { Refund } from './lease-book.types.ts';
import { leaseIdTimeMs } from './lease-id.model.ts';

/** Ended leases are known by name for a day: a release may be asked again, a late one is told that it expired. */
export const ENDED_LEASE_KEPT_MS = 24 * 60 * 60 * 1000;
/** Ids sort by when a lease began; few last longer than this, by renewals, and those are kept by when they ended. */
export const USUAL_LEASE_LIFE_MS = 24 * 60 * 60 * 1000;
/** Ended leases removed in one go. */
export const MAX_PURGED_LEASES = 20_000;

interface EndedRow extends Record<string, SqlStorageValue> {
  account_id: string;
  how: string;
  ended_at_ms: number;
  proxy_id: string | null;
  refund: string | null;
  refund_balance: number | null;
}

function toRefund({ refund, refund_balance: balance }: EndedRow): Refund | null {
  return refund === 'owed' ? null : { paid: refund === 'paid', balance };
}

/** A lease that ended within the last day; null for any other. */
export function findEndedLease(sql: SqlStorage, leaseId: string): EndedLease | null {
  const row = sql
    .exec<EndedRow>(
      'SELECT account_id, how, ended_at_ms, proxy_id, refund, refund_balance FROM ended_leases WHERE lease_id = ?',
      leaseId,
    )
    .toArray()[0];
  if (!row) return null;
  return {
    accountId: row.account_id,
    how: row.how as EndedHow,
    endedAtMs: row.ended_at_ms,
    dead: row.proxy_id === null ? null : { proxyId: row.proxy_id, refund: toRefund(row) },
  };
}

/** The refunds that no ledger has booked or refused yet. */
export function readOwedRefunds(sql: SqlStorage): OwedRefund[] {
  return sql
    .exec<{ lease_id: string; account_id: string; proxy_id: string }>(
      "SELECT lease_id, account_id, proxy_id FROM ended_leases WHERE refund = 'owed'",
    )
    .toArray()
    .map((row) => ({ leaseId: row.lease_id, accountId: row.account_id, proxyId: row.proxy_id }));
}

/** When the ended lease that began first may be forgotten; null when there is none. */
export function nextPurgeAtMs(sql: SqlStorage): number | null {
  const oldest = sql
    .exec<{ lease_id: string; ended_at_ms: number }>(
      'SELECT lease_id, ended_at_ms FROM ended_leases ORDER BY lease_id LIMIT 1',
    )
    .toArray()[0];
  if (!oldest) return null;
  return Math.max(leaseIdTimeMs(oldest.lease_id) + USUAL_LEASE_LIFE_MS, oldest.ended_at_ms) + ENDED_LEASE_KEPT_MS;
}

/** Forgets ended leases past their time, in bulk: they are found by their ids, which sort by time. What is owed stays. */
export function purgeEndedLeases(sql: SqlStorage, nowMs: number): void {
  sql.exec(
    `DELETE FROM ended_leases WHERE lease_id IN (
       SELECT lease_id FROM ended_leases WHERE lease_id <= ? AND ended_at_ms <= ? AND refund IS NOT 'owed'
       ORDER BY lease_id LIMIT ?)`,
    smallestIdAt(nowMs - USUAL_LEASE_LIFE_MS - ENDED_LEASE_KEPT_MS + 1),
    nowMs - ENDED_LEASE_KEPT_MS,
    MAX_PURGED_LEASES,
  );
}

/** Writes that a lease has ended, or what its refund has come to; the caller holds the transaction. */
export function writeEndedLease(
  sql: SqlStorage,
  write: Extract<BookWrite, { kind: 'ended' | 'refund_owed' | 'refund_done' }>,
): void {
  switch (write.kind) {
    case 'ended':
      sql.exec(
        'INSERT INTO ended_leases (lease_id, account_id, how, ended_at_ms) VALUES (?, ?, ?, ?)',
        write.leaseId,
        write.accountId,
        write.how,
        write.endedAtMs,
      );
      return;
    case 'refund_owed':
      sql.exec(
        "UPDATE ended_leases SET how = 'dead', proxy_id = ?, refund = 'owed' WHERE lease_id = ?",
        write.owed.proxyId,
        write.owed.leaseId,
      );
      return;
    case 'refund_done':
      sql.exec(
        'UPDATE ended_leases SET refund = ?, refund_balance = ? WHERE lease_id = ?',
        write.refund.paid ? 'paid' : 'refused',
        write.refund.balance,
        write.leaseId,
      );
  }
}
