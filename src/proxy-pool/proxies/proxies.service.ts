import type { Caller } from '../../accounts/actor.ts';
import { type Clock, toTimestamp, toTimestampOrNull } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../../platform/http/pagination.ts';
import type { StageResult } from '../checks/checks.types.ts';
import type { LeaseReportsStore } from '../leases/lease-reports.store.ts';
import { type BookStanding, explain } from './explain.model.ts';
import type { ListProxiesQuery, ProxyCheckView, ProxyTrustView, ProxyView } from './proxies.schemas.ts';
import type { ProxiesStore, ProxyDetailRow, ProxyOrder, ProxyPosition, ProxyRow } from './proxies.store.ts';
import type { ProxyTotals } from './proxy-totals.service.ts';
import { describeTrust } from './trust.model.ts';

/** Checks shown of one proxy. */
export const MAX_RECENT_CHECKS = 50;
/** Own reports shown of one proxy. */
export const MAX_OWN_REPORTS = 20;

interface Dependencies {
  store: ProxiesStore;
  totals: Pick<ProxyTotals, 'count'>;
  /** What the pool's lease book says of a proxy. */
  standingOf: (poolNumber: number, proxyId: string) => Promise<BookStanding>;
  reports: Pick<LeaseReportsStore, 'totals' | 'own'>;
  clock: Clock;
}

/** A proxy as everyone may see it. */
export function toProxyView(row: ProxyRow): ProxyView {
  return {
    id: row.id,
    ip: row.ip,
    port: row.port,
    protocol: row.protocol,
    pool: row.pool,
    status: row.status,
    leasable: row.leasable,
    anonymity: row.anonymity,
    exit_ip: row.exitIp,
    country: row.country,
    score: row.status === 'active' ? row.score : null,
    avg_latency_ms: row.avgLatencyMs,
    uptime_pct: row.uptime === null ? null : Math.round(row.uptime * 1_000) / 10,
    supports_tunnel: row.supportsTunnel,
    last_checked_at: toTimestampOrNull(row.lastCheckedAtMs),
    first_seen_at: toTimestamp(row.firstSeenAtMs),
    tags: row.tags,
  };
}

function toTrustView({ lies, probationRounds, caughtVerdict, caughtAtMs }: ProxyDetailRow): ProxyTrustView {
  const caughtAt = toTimestampOrNull(caughtAtMs);
  return {
    times_caught: lies,
    last_verdict: caughtVerdict,
    last_caught_at: caughtAt,
    rounds_to_pass: probationRounds,
    explanation: describeTrust({ lies, probationRounds, caughtVerdict, caughtAt }),
  };
}

function orderOf({ sort, order }: ListProxiesQuery): ProxyOrder {
  return { field: sort, direction: order ?? (sort === 'latency' ? 'asc' : 'desc') };
}

function sortValueOf(row: ProxyRow, { field }: ProxyOrder): number | null {
  const values = { score: row.score, latency: row.avgLatencyMs, uptime: row.uptime, last_checked: row.lastCheckedAtMs };
  return values[field];
}

function positionOf(list: string, cursor: string): ProxyPosition {
  const [value, id] = decodeCursor(list, cursor, 2);
  if (typeof id !== 'string' || typeof value === 'string' || value === undefined) throw appError('INVALID_CURSOR');
  return { value, id };
}

/** What is known of one round, its last stage first. */
function toCheckViews({ createdAtMs, results }: { createdAtMs: number; results: string }): ProxyCheckView[] {
  const stages: StageResult[] = JSON.parse(results);
  return stages.map((stage) => ({ ...stage, created_at: toTimestamp(createdAtMs) })).reverse();
}

export function createProxiesService({ store, totals, standingOf, reports, clock }: Dependencies) {
  return {
    /** A page of the inventory; the cursor is tied to filters and order. */
    async list(query: ListProxiesQuery) {
      const order = orderOf(query);
      const list = await listIdentity('proxies', { ...query, order: order.direction });
      const position = query.cursor === undefined ? null : positionOf(list, query.cursor);
      const nowMs = clock.nowMs();
      const [rows, totalCount] = await Promise.all([
        store.list(query, order, position, query.limit + 1, nowMs),
        totals.count(query),
      ]);
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      const nextCursor =
        last && rows.length > query.limit ? encodeCursor(list, [sortValueOf(last, order), last.id]) : null;
      return { items: page.map(toProxyView), next_cursor: nextCursor, total_count: totalCount };
    },

    /** One proxy, why it is or isn't to be had, its newest checks, what its users told of it. Throws `NOT_FOUND`. */
    async get(caller: Caller, id: string) {
      const [row, rounds, reportTotals, ownReports] = await Promise.all([
        store.find(id),
        store.listChecks(id, MAX_RECENT_CHECKS),
        reports.totals(id),
        reports.own(id, caller.accountId, MAX_OWN_REPORTS),
      ]);
      if (!row) throw appError('NOT_FOUND', { message: 'There is no such proxy.' });
      // Only what passed its checks can be free or leased.
      const standing = row.leasable ? await standingOf(row.poolNumber, row.id) : 'unknown';
      return {
        proxy: toProxyView(row),
        explanation: explain(row, standing),
        trust: toTrustView(row),
        reports: reportTotals,
        own_reports: ownReports.map(({ leaseId, outcome, target, createdAtMs }) => ({
          lease_id: leaseId,
          outcome,
          target,
          created_at: toTimestamp(createdAtMs),
        })),
        recent_checks: rounds.flatMap(toCheckViews).slice(0, MAX_RECENT_CHECKS),
      };
    },
  };
}

export type ProxiesService = ReturnType<typeof createProxiesService>;
