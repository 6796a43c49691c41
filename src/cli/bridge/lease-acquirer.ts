import type { AcquiredLease } from '../api/api.types.ts';
import type { ApiClient } from '../api/client.ts';
import { CliError } from '../cli-error.ts';
import { type BridgeEvent, type TellBridge, upstreamName } from './bridge-log.ts';
import type { HeldLease, Need } from './held-lease.model.ts';
import type { LeaseShelf } from './lease-shelf.ts';
import type { Purse } from './purse.ts';
import { readUpstream } from './upstream.ts';

/** The API takes a hundred in `exclude`; a request's own tries come on top. */
const MAX_SHUNNED = 45;

export interface LeasePlan {
  /** The body of an acquire. */
  wanted: { lease_duration_seconds: number } & Record<string, unknown>;
  /** Leases at once. */
  maxLeases: number;
  /** Null: each request goes through the next lease. */
  stickyMs: number | null;
}

/** The last ids that were put in; the oldest are forgotten. */
function createShunned() {
  const ids = new Set<string>();
  return {
    ids,
    add(id: string): void {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > MAX_SHUNNED && oldest !== undefined) ids.delete(oldest);
    },
  };
}

function leasedEvent(
  lease: HeldLease,
  { proxy, expires_at: end, credits_remaining: credits }: AcquiredLease,
): BridgeEvent {
  const where = [proxy.country, proxy.anonymity].filter(Boolean).join(', ');
  const message = `${upstreamName(lease)} (${where}) until ${end}; ${credits} credits left`;
  return { event: 'leased', message, lease_id: lease.id, proxy_id: lease.proxyId, credits_remaining: credits };
}

/** A lease as the bridge holds it. Throws CliError for an answer that is none. */
function toHeldLease({ lease_id: id, proxy, expires_at: end }: AcquiredLease, stickyMs: number | null): HeldLease {
  const upstream = readUpstream(proxy);
  const expiresAtMs = Date.parse(end);
  if (upstream === null || !Number.isFinite(expiresAtMs) || typeof id !== 'string') {
    throw new CliError('UNREACHABLE', 'NOT_SWITCHYARD', 'what came is no lease.');
  }
  return {
    id,
    proxyId: proxy.id,
    upstream,
    expiresAtMs,
    stickyUntilMs: stickyMs === null ? Number.POSITIVE_INFINITY : Date.now() + stickyMs,
    lastUsedAtMs: 0,
    inFlight: 0,
    isInUse: false,
    isRenewing: false,
    refusesTunnels: false,
    isLeaving: false,
    isReported: false,
  };
}

interface AcquirerParts {
  api: ApiClient;
  plan: LeasePlan;
  shelf: LeaseShelf;
  purse: Purse;
  tell: TellBridge;
}

/** Acquires leases, several at once if need be, and not again those that did not do. */
export function createLeaseAcquirer({ api, plan: { wanted, stickyMs }, shelf, purse, tell }: AcquirerParts) {
  const acquires = new Set<Promise<HeldLease>>();
  const dead = createShunned();
  const withoutTunnels = createShunned();

  async function acquire({ isTunnel, tried }: Need): Promise<HeldLease> {
    const shunned = [...tried, ...dead.ids, ...(isTunnel ? withoutTunnels.ids : [])];
    const body = { ...wanted, exclude: [...new Set(shunned)] };
    try {
      const answer = await purse.pay(() => api.spend<AcquiredLease>('/proxies/acquire', body));
      const lease = toHeldLease(answer, stickyMs);
      shelf.put(lease);
      tell(leasedEvent(lease, answer));
      return lease;
    } catch (error) {
      // Of those that were dead one may be good again: the next time they are asked for.
      if (error instanceof CliError && error.code === 'NO_MATCHING_PROXY') dead.ids.clear();
      tell({ event: 'no_lease', message: purse.noLease('').message });
      throw error;
    }
  }

  function begin(need: Need): Promise<HeldLease> {
    const begun = acquire(need).finally(() => acquires.delete(begun));
    acquires.add(begun);
    return begun;
  }

  return {
    begin,
    /** What is under way. */
    underWay: acquires as ReadonlySet<Promise<HeldLease>>,

    /** It is not asked for again. */
    shun(lease: HeldLease, isForTunnelsAlone: boolean): void {
      (isForTunnelsAlone ? withoutTunnels : dead).add(lease.proxyId);
    },
  };
}

export type LeaseAcquirer = ReturnType<typeof createLeaseAcquirer>;
