/** First pause, and the longest: a server that comes back is met soon, one that does not is left in peace. */
export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 30_000;

/**
 * Pauses between tries: doubled each time, half of each left to chance, so that many who lost the same server don't come
 * back at once.
 */
export function createBackOff(random: () => number = Math.random) {
  let failures = 0;
  return {
    nextMs(): number {
      const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      failures += 1;
      return Math.round(whole / 2 + (random() * whole) / 2);
    },
    succeeded(): void {
      failures = 0;
    },
  };
}
