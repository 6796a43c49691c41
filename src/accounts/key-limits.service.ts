import type { BlockLimiter } from '../platform/rate-limit/block-limiter.ts';
import { apiKeyIdOf, type Caller } from './actor.ts';

interface Dependencies {
  limiter: BlockLimiter;
  enabled: boolean;
  requestsPerMinute: number;
}

/** How often a key may call (contract, "Rate limits"); the built-in admin's like any other. */
export function createKeyLimits({ limiter, enabled, requestsPerMinute }: Dependencies) {
  const limit = { name: 'requests', maxHits: requestsPerMinute, windowMs: 60_000 };
  return {
    /** Counts a request; returns the headers for its answer, none while limits are off. Throws `RATE_LIMITED`. */
    async enforce(caller: Caller): Promise<Record<string, string>> {
      if (!enabled) return {};
      return limiter.enforce(limit, `key:${apiKeyIdOf(caller) ?? caller.accountId}`);
    },
  };
}
