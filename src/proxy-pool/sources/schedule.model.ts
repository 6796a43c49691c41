import { Cron } from 'croner';

/** Longer than any sensible list of minutes, hours and days. */
export const MAX_CRON_CHARACTERS = 100;

/** Minute, hour, day, month, weekday: nothing finer than a minute can be written in five fields. */
const FIVE_FIELDS = /^[^\s]+(?: [^\s]+){4}$/;

function parse(expression: string): Cron | null {
  if (expression.length > MAX_CRON_CHARACTERS || !FIVE_FIELDS.test(expression)) return null;
  try {
    return new Cron(expression, { mode: '5-part', timezone: 'UTC', paused: true });
  } catch {
    return null;
  }
}

/** When a schedule (cron of five fields, UTC) next fires after a moment; null when it is none or never fires again. */
export function nextRunAtMs(expression: string, afterMs: number): number | null {
  return parse(expression)?.nextRun(new Date(afterMs))?.getTime() ?? null;
}

/** The first pause after a failed scrape; each failure in a row doubles it. */
export const SCRAPE_BACKOFF_BASE_MS = 5 * 60 * 1000;
export const SCRAPE_BACKOFF_MAX_MS = 24 * 60 * 60 * 1000;
/** A source that failed so often in a row is switched off: someone has to look at it (contract, "Sources"). */
export const MAX_CONSECUTIVE_FAILURES = 10;

/** The pause after the n-th failure in a row, n from 1: 5 minutes, 10, 20 … 24 hours. */
export function scrapeBackoffMs(consecutiveFailures: number): number {
  return Math.min(SCRAPE_BACKOFF_BASE_MS * 2 ** Math.max(0, consecutiveFailures - 1), SCRAPE_BACKOFF_MAX_MS);
}
