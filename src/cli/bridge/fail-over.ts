import type { HeldLease } from './held-lease.model.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { UpstreamFailure } from './upstream.ts';

/** Proxies that a request is tried with; more would keep whoever waits for longer than clients wait. */
export const MAX_PROXIES_A_REQUEST = 3;

/** No proxy did it; `failures` has what each of them said. */
export class AllFailed extends Error {
  override name = 'AllFailed';

  constructor(failures: readonly string[]) {
    super(failures.join('; '));
  }
}

interface Attempted {
  isTunnel: boolean;
  /** For reports, and the people who read them. */
  target: string;
  /** Nobody waits for it any more. */
  isAbandoned(): boolean;
}

/**
 * Tries something with one proxy after the other, until one does it or must not be followed by another. `attempt` throws
 * UpstreamFailure when another proxy may be tried; what it returns is done with the lease. Throws NoLease, AllFailed.
 */
export async function withFailOver<Result>(
  keeper: LeaseKeeper,
  { isTunnel, target, isAbandoned }: Attempted,
  attempt: (lease: HeldLease) => Promise<Result>,
): Promise<Result> {
  const tried = new Set<string>();
  const failures: string[] = [];
  for (;;) {
    const lease = await keeper.take({ isTunnel, tried });
    let isDone = false;
    try {
      const result = await attempt(lease);
      isDone = true;
      return result;
    } catch (error) {
      if (!(error instanceof UpstreamFailure) || isAbandoned()) throw error;
      tried.add(lease.proxyId);
      failures.push(`${lease.upstream.host}:${lease.upstream.port}: ${error.message}`);
      const mayTryOn = keeper.failed(lease, target, error) && failures.length < MAX_PROXIES_A_REQUEST;
      if (!mayTryOn) throw new AllFailed(failures);
    } finally {
      // What succeeded goes on: whoever carries it says when it is over.
      if (!isDone) keeper.done(lease);
    }
  }
}
