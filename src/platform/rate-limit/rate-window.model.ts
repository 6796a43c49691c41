/** A limit on a subject: so many hits in each fixed window. */
export interface RateLimit {
  /** Names the limit in headers and storage, e.g. `registrations`. */
  name: string;
  maxHits: number;
  windowMs: number;
}

export interface RateDecision {
  allowed: boolean;
  /** How many of the hits asked for may happen; they are counted. */
  granted: number;
  maxHits: number;
  remaining: number;
  /** Milliseconds until the window ends. */
  resetMs: number;
}

/** The window that a moment falls in, by its start. Windows are fixed: they begin at multiples of their length. */
export function windowStartMs(limit: RateLimit, nowMs: number): number {
  return nowMs - (nowMs % limit.windowMs);
}

/**
 * Judges `wanted` more hits where `hitsBefore` were counted in this window. Of several at once at most half of what is left
 * is granted, one at least, so that those who share a subject share it to the end. What is refused is not counted.
 */
export function decideRate(limit: RateLimit, hitsBefore: number, nowMs: number, wanted = 1): RateDecision {
  const left = Math.max(0, limit.maxHits - hitsBefore);
  const granted = left === 0 ? 0 : Math.min(wanted, Math.max(1, Math.floor(left / 2)));
  return {
    allowed: granted > 0,
    granted,
    maxHits: limit.maxHits,
    remaining: left - granted,
    resetMs: windowStartMs(limit, nowMs) + limit.windowMs - nowMs,
  };
}
