/** What is lost is asked for again: soon at first, then every few seconds. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 8_000;

/** How long to wait before the next try, after so many that failed in a row. */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1), LONGEST_RETRY_MS);
}
