import type { HeldLease } from './held-lease.model.ts';

/** The leases that are ours now, and what has to be cut when one of them is not any more. */
export function createLeaseShelf() {
  const leases = new Map<string, HeldLease>();
  const endings = new Map<string, Set<() => void>>();
  return {
    all: () => leases.values(),
    size: () => leases.size,
    has: ({ id }: HeldLease) => leases.has(id),

    put(lease: HeldLease): void {
      leases.set(lease.id, lease);
    },

    /** It is no longer ours: what still goes through it is cut. */
    forget({ id }: HeldLease): void {
      leases.delete(id);
      const ends = endings.get(id);
      endings.delete(id);
      for (const end of ends ?? []) end();
    },

    /** Has `end` called when the lease ends before what goes through it; returns how to take that back. */
    onEnd({ id }: HeldLease, end: () => void): () => void {
      if (!leases.has(id)) end();
      const ends = endings.get(id) ?? new Set();
      endings.set(id, ends.add(end));
      return () => {
        ends.delete(end);
        if (ends.size === 0) endings.delete(id);
      };
    },
  };
}

export type LeaseShelf = ReturnType<typeof createLeaseShelf>;
