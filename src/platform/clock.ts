/** The time as an injected thing, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. On the platform it advances only with I/O. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** RFC 3339, UTC, with `Z`: how every time goes over the wire. */
export function toTimestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Like `toTimestamp`; null stays null. */
export function toTimestampOrNull(atMs: number | null): string | null {
  return atMs === null ? null : toTimestamp(atMs);
}
