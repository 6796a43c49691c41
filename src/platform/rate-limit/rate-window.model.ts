/** A limit on a subject: so many hits in each fixed window. */
export interface RateLimit {
  /** Names the limit in headers and storage, e.g. `registrations`. */
  name: string;
  maxHits: number;
  windowMs: number;
}

export interface RateDecision {
  allowed: boolean;
  maxHits: number;
  remaining: number;
  /** Milliseconds until the window ends. */
  resetMs: number;
}

/** The window that a moment falls in, by its start. Windows are fixed: they begin at multiples of their length. */
export function windowStartMs(limit: RateLimit, nowMs: number): number {
  return nowMs - (nowMs % limit.windowMs);
}

/** Judges one more hit where `hitsBefore` were counted in this window; a refused hit is not counted. */
export function decideRate(limit: RateLimit, hitsBefore: number, nowMs: number): RateDecision {
  const allowed = hitsBefore < limit.maxHits;
  return {
    allowed,
    maxHits: limit.maxHits,
    remaining: Math.max(0, limit.maxHits - hitsBefore - (allowed ? 1 : 0)),
    resetMs: windowStartMs(limit, nowMs) + limit.windowMs - nowMs,
  };
}
