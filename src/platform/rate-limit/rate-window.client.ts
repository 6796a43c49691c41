import { sha256Hex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { callStub } from '../durable/stub-call.ts';
import { type AppError, appError } from '../errors/app-error.ts';
import type { RateWindow } from './rate-window.do.ts';
import type { RateDecision, RateLimit } from './rate-window.model.ts';

/** Subjects share this many objects: none is hot, and strangers' addresses don't each leave an object behind. */
const SHARDS = 64;

interface Dependencies {
  namespace: DurableObjectNamespace<RateWindow>;
  clock: Clock;
  enabled: boolean;
}

function tooMany({ maxHits, name, windowMs }: RateLimit): string {
  return `Too many requests: ${maxHits} ${name.replaceAll('-', ' ')} in ${windowMs / 1000} seconds are allowed.`;
}

/** The refusal of one hit too many: `RATE_LIMITED` with `Retry-After` and the headers that tell of the limit. */
export function rateLimited(limit: RateLimit, decision: RateDecision, message = tooMany(limit)): AppError {
  const retryAfterSeconds = Math.ceil(decision.resetMs / 1000);
  return appError('RATE_LIMITED', {
    message,
    details: { retry_after_seconds: retryAfterSeconds },
    headers: { 'Retry-After': String(retryAfterSeconds), ...rateLimitHeaders(limit, decision) },
  });
}

export function createRateLimiter({ namespace, clock, enabled }: Dependencies) {
  /** Counts up to `wanted` hits in the exact window of a subject. */
  async function take(limit: RateLimit, subject: string, wanted: number): Promise<RateDecision> {
    const hash = await sha256Hex(subject);
    const shard = `shard-${Number.parseInt(hash.slice(0, 8), 16) % SHARDS}`;
    return callStub(
      () => namespace.getByName(shard),
      (stub) => stub.hit(limit, hash, clock.nowMs(), wanted),
    );
  }

  return {
    take,

    /** Counts one hit; throws `RATE_LIMITED` with `Retry-After` when it is one too many. Null while limits are off. */
    async enforce(limit: RateLimit, subject: string): Promise<RateDecision | null> {
      if (!enabled) return null;
      const decision = await take(limit, subject, 1);
      if (decision.allowed) return decision;
      throw rateLimited(limit, decision);
    },

    /** Throws unless a Durable Object answers. */
    async ping(): Promise<void> {
      await callStub(
        () => namespace.getByName('health'),
        (stub) => stub.ping(),
      );
    },
  };
}

/** `RateLimit` and `RateLimit-Policy` (IETF draft-ietf-httpapi-ratelimit-headers). */
export function rateLimitHeaders(limit: RateLimit, decision: RateDecision): Record<string, string> {
  return {
    'RateLimit-Policy': `"${limit.name}";q=${limit.maxHits};w=${limit.windowMs / 1000}`,
    RateLimit: `"${limit.name}";r=${decision.remaining};t=${Math.ceil(decision.resetMs / 1000)}`,
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;
