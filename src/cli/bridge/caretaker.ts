import { upstreamName } from './bridge-log.ts';
import { dutyOf, type HeldLease } from './held-lease.model.ts';
import { createLeaseCalls, type LeaseCallParts } from './lease-calls.ts';

const LOOK_EVERY_MS = 500;

/** Looks after leases: renews those in use, ends those whose time is over, reports the dead, and gives back. */
export function createCaretaker(parts: LeaseCallParts) {
  const { leaseSeconds, shelf, purse, tell } = parts;
  const calls = createLeaseCalls(parts);
  const releases = new Set<Promise<void>>();
  const others = new Set<Promise<void>>();

  function keep(works: Set<Promise<void>>, work: Promise<void>): Promise<void> {
    const kept = work.finally(() => works.delete(kept));
    works.add(kept);
    return kept;
  }

  const release = (lease: HeldLease) => keep(releases, calls.release(lease));

  function look(): void {
    for (const lease of shelf.all()) {
      const duty = dutyOf(lease, Date.now(), leaseSeconds * 1_000);
      if (duty === 'end') {
        tell({ event: 'ended', message: `${upstreamName(lease)} has run out`, lease_id: lease.id });
        shelf.forget(lease);
      } else if (duty === 'leave') void release(lease);
      else if (duty === 'renew' && purse.hasCredit()) void keep(others, calls.renew(lease));
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS);

  return {
    release,

    /** Reports a dead proxy, once; its lease ends. */
    bury(lease: HeldLease, target: string, reason: string): void {
      if (lease.isReported || !shelf.has(lease)) return;
      lease.isReported = true;
      lease.isLeaving = true;
      const about = { lease_id: lease.id, proxy_id: lease.proxyId };
      tell({ event: 'dead', message: `${upstreamName(lease)}: ${reason}`, ...about });
      void keep(others, calls.report(lease, target));
    },

    /** Gives all back; until `isLate` settles reports may still bring credits back. */
    async close(isLate: Promise<void>): Promise<void> {
      clearInterval(timer);
      for (const lease of shelf.all()) if (!lease.isReported) void release(lease);
      await Promise.race([Promise.all(others), isLate]);
      for (const lease of shelf.all()) void release(lease);
      await Promise.all(releases);
    },
  };
}
