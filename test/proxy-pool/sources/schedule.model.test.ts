import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextRunAtMs,
  SCRAPE_BACKOFF_BASE_MS,
  SCRAPE_BACKOFF_MAX_MS,
  scrapeBackoffMs,
} from '../../../src/proxy-pool/sources/schedule.model.ts';

const NOON_MS = Date.UTC(2026, 0, 15, 12, 0, 0);
const MINUTE_MS = 60_000;

describe('the schedule of a source', () => {
  it('fires at the next moment that matches, in UTC', () => {
    expect(nextRunAtMs('*/30 * * * *', NOON_MS)).toBe(NOON_MS + 30 * MINUTE_MS);
    expect(nextRunAtMs('* * * * *', NOON_MS + 1)).toBe(NOON_MS + MINUTE_MS);
    expect(nextRunAtMs('0 0 29 2 *', NOON_MS)).toBe(Date.UTC(2028, 1, 29));
  });

  it('is refused when it is no cron expression of five fields, or never fires', () => {
    const refused = [
      '',
      '* * * *',
      '* * * * * *',
      '*/5 * * * * * *',
      '@hourly',
      '61 * * * *',
      '* 24 * * *',
      '*/0 * * * *',
    ];
    const hostile = [
      '0 0 30 2 *',
      'a b c d e',
      '* * * * *\n',
      ' * * * * *',
      '*  * * * *',
      '٣ * * * *',
      '*,'.repeat(60),
    ];
    for (const expression of [...refused, ...hostile]) {
      expect([expression, nextRunAtMs(expression, NOON_MS)]).toEqual([expression, null]);
    }
  });

  it('never fires twice in a minute, and always later than now, whatever is written', () => {
    const field = fc.constantFrom('*', '0', '5', '*/7', '1-5', '1,3', '*/1', '59', '?', 'L');
    fc.assert(
      fc.property(
        fc.array(field, { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 0, max: 4e12 }),
        (fields, nowMs) => {
          const first = nextRunAtMs(fields.join(' '), nowMs);
          if (first === null) return;
          expect(first).toBeGreaterThan(nowMs);
          expect(first % MINUTE_MS).toBe(0);
          expect(nextRunAtMs(fields.join(' '), first) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(
            first + MINUTE_MS,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('rests longer after each failure in a row, a day at most', () => {
    expect(scrapeBackoffMs(1)).toBe(SCRAPE_BACKOFF_BASE_MS);
    expect(scrapeBackoffMs(3)).toBe(4 * SCRAPE_BACKOFF_BASE_MS);
    expect(scrapeBackoffMs(1_000)).toBe(SCRAPE_BACKOFF_MAX_MS);
  });
});
