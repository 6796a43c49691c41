/** Requests for one lease that wait for their turn; more is an attack or a loop. */
export const MAX_REQUESTS_IN_TURN = 1_000;

/**
 * Renewals and releases of one lease, one after the other: a second must not have the first one's debit settled while
 * it is under way. Null when too many wait already.
 */
export function createLeaseTurns() {
  const waiting = new Map<string, (() => void)[]>();

  return async <Result>(leaseId: string, work: () => Promise<Result>): Promise<Result | null> => {
    const before = waiting.get(leaseId);
    if (before === undefined) waiting.set(leaseId, []);
    else if (before.length >= MAX_REQUESTS_IN_TURN) return null;
    else await new Promise<void>((resolve) => before.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.get(leaseId)?.shift();
      if (next === undefined) waiting.delete(leaseId);
      else next();
    }
  };
}
