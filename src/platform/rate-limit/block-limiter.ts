import type { Clock } from '../clock.ts';
import { type RateLimiter, rateLimited, rateLimitHeaders } from './rate-window.client.ts';
import { type RateDecision, type RateLimit, windowStartMs } from './rate-window.model.ts';

/** An isolate asks for so much of a limit at once: one call to the exact window pays for a twentieth of the limit. */
const SHARE_OF_LIMIT = 1 / 20;
/** Subjects that an isolate remembers, some hundred bytes each; the one forgotten loses what it had in hand. */
export const MAX_ALLOWANCES = 10_000;

/** What an isolate may spend of a subject's window without asking, or that the window is used up. */
interface Allowance {
  windowStartMs: number;
  /** Hits in hand. */
  left: number;
  /** Hits that the exact window still had when it was asked. */
  remaining: number;
}

/** By limit and subject; one for each isolate. */
export type Allowances = Map<string, Allowance>;

interface Dependencies {
  limiter: Pick<RateLimiter, 'take'>;
  clock: Clock;
  allowances: Allowances;
  /** Told when the exact window can't be asked. */
  onUnreachable(error: unknown): void;
}

/**
 * Limits on hot paths. Each isolate takes hits from the exact window in blocks, at most half of what is left, and spends
 * them by itself: never more than the limit in all, at most a few blocks less when several isolates serve one subject, and
 * no call at all for a subject that is over its limit. A window that can't be reached stops nobody.
 */
export function createBlockLimiter({ limiter, clock, allowances, onUnreachable }: Dependencies) {
  function allowanceOf(limit: RateLimit, subject: string): Allowance {
    const name = `${limit.name} ${subject}`;
    const startMs = windowStartMs(limit, clock.nowMs());
    const known = allowances.get(name);
    if (known?.windowStartMs === startMs) return known;
    const fresh = { windowStartMs: startMs, left: 0, remaining: limit.maxHits };
    allowances.delete(name);
    if (allowances.size >= MAX_ALLOWANCES) allowances.delete(allowances.keys().next().value ?? '');
    allowances.set(name, fresh);
    return fresh;
  }

  /** Takes one hit in hand, or asks for more; false when the window is used up. */
  async function spend(limit: RateLimit, subject: string, allowance: Allowance): Promise<boolean> {
    if (allowance.left === 0) {
      if (allowance.remaining === 0) return false;
      const wanted = Math.max(1, Math.floor(limit.maxHits * SHARE_OF_LIMIT));
      // Each asks for itself: a promise that hangs on another request's connection may never end.
      const decision = await limiter.take(limit, subject, wanted);
      allowance.left += decision.granted;
      allowance.remaining = decision.remaining;
      if (decision.granted === 0 && allowance.left === 0) return false;
    }
    allowance.left -= 1;
    return true;
  }

  return {
    /** Counts one hit; returns the headers that tell of the limit, or throws `RATE_LIMITED` with them. */
    async enforce(limit: RateLimit, subject: string): Promise<Record<string, string>> {
      const allowance = allowanceOf(limit, subject);
      let isAllowed: boolean;
      try {
        isAllowed = await spend(limit, subject, allowance);
      } catch (error) {
        onUnreachable(error);
        return {};
      }
      const resetMs = allowance.windowStartMs + limit.windowMs - clock.nowMs();
      const decision: RateDecision = {
        allowed: isAllowed,
        granted: Number(isAllowed),
        maxHits: limit.maxHits,
        remaining: allowance.left + allowance.remaining,
        resetMs: Math.max(0, resetMs),
      };
      if (!isAllowed) throw rateLimited(limit, decision);
      return rateLimitHeaders(limit, decision);
    },
  };
}

export type BlockLimiter = ReturnType<typeof createBlockLimiter>;
