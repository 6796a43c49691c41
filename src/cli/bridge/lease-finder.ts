import { CliError } from '../cli-error.ts';
import { chooseLease, type HeldLease, type Need } from './held-lease.model.ts';
import type { LeaseAcquirer, LeasePlan } from './lease-acquirer.ts';
import type { LeaseShelf } from './lease-shelf.ts';
import type { Purse } from './purse.ts';

interface FinderParts {
  plan: LeasePlan;
  acquirer: LeaseAcquirer;
  shelf: LeaseShelf;
  purse: Purse;
  /** Gives a lease back, in the background. */
  release(lease: HeldLease): Promise<void>;
}

/** Finds the lease for a request: one that is held, or a new one. */
export function createLeaseFinder({ plan: { maxLeases, stickyMs }, acquirer, shelf, purse, release }: FinderParts) {
  let isClosed = false;

  const isFull = () => shelf.size() + acquirer.underWay.size >= maxLeases;

  /** Somebody gets this lease at once: it is in use before the next request looks. */
  function chosenNow(lease: HeldLease): HeldLease {
    lease.inFlight += 1;
    lease.isInUse = true;
    lease.lastUsedAtMs = performance.now();
    return lease;
  }

  /** A new lease, or one that another request is waiting for. Throws NoLease, CliError. */
  async function comingLease(need: Need): Promise<HeldLease | null> {
    if (acquirer.underWay.size > 0 && (isFull() || stickyMs !== null)) {
      await Promise.race(acquirer.underWay);
      return null;
    }
    if (isClosed || !purse.maySpend()) throw purse.noLease('The bridge is ending.');
    if (isFull()) {
      // One that this request can't use makes room, if nothing goes through it.
      const idle = [...shelf.all()].find(({ inFlight, isReported }) => inFlight === 0 && !isReported);
      if (idle === undefined) throw purse.noLease(`All ${maxLeases} leases are in use otherwise.`);
      void release(idle);
    }
    return acquirer.begin(need);
  }

  return {
    /** A lease for a request that begins now, counted as under way. Throws NoLease. */
    async find(need: Need): Promise<HeldLease> {
      for (;;) {
        const held = chooseLease(shelf.all(), need, Date.now());
        const mayRotate = stickyMs === null && !isFull() && !isClosed && purse.maySpend();
        if (held !== undefined && !mayRotate) return chosenNow(held);
        try {
          const coming = await comingLease(need);
          if (coming !== null && shelf.has(coming)) return chosenNow(coming);
        } catch (error) {
          const left = chooseLease(shelf.all(), need, Date.now());
          if (left !== undefined) return chosenNow(left);
          if (!(error instanceof CliError)) throw error;
          throw purse.noLease(error.message);
        }
      }
    },

    /** Acquires nothing more; settles when what was begun is there. */
    async close(): Promise<void> {
      isClosed = true;
      await Promise.allSettled(acquirer.underWay);
    },
  };
}
