/** Long enough for the batches of a minute's sweep to even out a little, short enough to be "now". */
export const RATE_WINDOW_MS = 30_000;

/** Counts what happens into a rate over the last half a minute, or since it began when that is less. */
export function createCheckRate() {
  let beganAtMs: number | null = null;
  let counts: { atMs: number; count: number }[] = [];
  return {
    begin(atMs: number): void {
      beganAtMs = atMs;
      counts = [];
    },
    /** Nothing is known from now on. */
    forget(): void {
      beganAtMs = null;
    },
    add(atMs: number, count: number): void {
      counts.push({ atMs, count });
    },
    perSecond(nowMs: number): number | null {
      if (beganAtMs === null || nowMs <= beganAtMs) return null;
      counts = counts.filter(({ atMs }) => atMs > nowMs - RATE_WINDOW_MS);
      const spanMs = Math.min(RATE_WINDOW_MS, nowMs - beganAtMs);
      return (counts.reduce((sum, { count }) => sum + count, 0) * 1_000) / spanMs;
    },
  };
}
