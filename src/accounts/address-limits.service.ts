import { AppError } from '../platform/errors/app-error.ts';
import { describeError, type Logger } from '../platform/log/logger.ts';
import { type RateLimiter, rateLimited, rateLimitHeaders } from '../platform/rate-limit/rate-window.client.ts';

interface Dependencies {
  limiter: Pick<RateLimiter, 'take'>;
  enabled: boolean;
  requestsPerMinute: number;
  logger: Logger;
}

/** How often an address may call the sessions face (contract, "Rate limits"): exactly, in fixed windows of a minute. */
export function createAddressLimits({ limiter, enabled, requestsPerMinute, logger }: Dependencies) {
  const limit = { name: 'session-requests', maxHits: requestsPerMinute, windowMs: 60_000 };
  return {
    /**
     * Counts a request; returns the headers for its answer, none while limits are off. Throws `RATE_LIMITED` in the words
     * of the face. A window that can't be reached stops nobody.
     */
    async enforce(address: string): Promise<Record<string, string>> {
      if (!enabled) return {};
      try {
        const decision = await limiter.take(limit, address, 1);
        if (decision.allowed) return rateLimitHeaders(limit, decision);
        throw rateLimited(limit, decision, `Rate limit exceeded: ${limit.maxHits} per 1 minute`);
      } catch (error) {
        if (error instanceof AppError && error.code === 'RATE_LIMITED') throw error;
        logger.warn('a rate window can not be reached', describeError(error));
        return {};
      }
    },
  };
}
