import type { ApiClient } from '../api/client.ts';
import type { TellBridge } from './bridge-log.ts';
import { createCaretaker } from './caretaker.ts';
import type { HeldLease, Need } from './held-lease.model.ts';
import { createLeaseAcquirer, type LeasePlan } from './lease-acquirer.ts';
import { createLeaseFinder } from './lease-finder.ts';
import { createLeaseShelf } from './lease-shelf.ts';
import { createPurse } from './purse.ts';
import type { UpstreamFailure } from './upstream.ts';

export interface KeeperOptions extends LeasePlan {
  /** Credits that may be spent in all. */
  budget: number;
}

/** Leases proxies as requests need them, and gives all of them back at the end. */
export function createLeaseKeeper(api: ApiClient, { budget, ...plan }: KeeperOptions, tell: TellBridge) {
  const shelf = createLeaseShelf();
  const purse = createPurse(budget);
  const leaseSeconds = plan.wanted.lease_duration_seconds;
  const caretaker = createCaretaker({ api, leaseSeconds, shelf, purse, tell });
  const acquirer = createLeaseAcquirer({ api, plan, shelf, purse, tell });
  const finder = createLeaseFinder({ plan, acquirer, shelf, purse, release: caretaker.release });

  return {
    spent: purse.spent,
    onEnd: shelf.onEnd,

    /** A lease for a request that begins now; `done` must follow. Throws NoLease. */
    take: (need: Need) => finder.find(need),

    done(lease: HeldLease): void {
      lease.inFlight -= 1;
    },

    /** A proxy did not do its work for a target. Returns whether another may be tried. */
    failed(lease: HeldLease, target: string, { kind, message }: UpstreamFailure): boolean {
      if (kind === 'dead') {
        acquirer.shun(lease, false);
        caretaker.bury(lease, target, message);
        return true;
      }
      // Whoever sticks to a proxy takes what it does not reach for unreachable, and pays for no other.
      if (kind === 'unreached') return plan.stickyMs === null;
      lease.refusesTunnels = true;
      acquirer.shun(lease, true);
      // One that is stuck to must do both.
      if (plan.stickyMs !== null) lease.isLeaving = true;
      return true;
    },

    /** Gives everything back; until `isLate` settles dead ones may still be refunded. */
    async close(isLate: Promise<void>): Promise<void> {
      await finder.close();
      await caretaker.close(isLate);
    },
  };
}

export type LeaseKeeper = ReturnType<typeof createLeaseKeeper>;
