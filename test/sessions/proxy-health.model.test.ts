import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterOutcome,
  DISABLED_MS,
  FAILURES_TO_DISABLE,
  healthOf,
  isEnabled,
  type ProxyRecord,
  UNUSED,
} from '../../src/sessions/proxy-health.model.ts';

interface Outcome {
  success: boolean;
  /** Since the one before. */
  pauseMs: number;
}

const outcomes = fc.array(
  fc.record({
    success: fc.boolean(),
    pauseMs: fc.oneof(fc.constantFrom(0, DISABLED_MS - 1, DISABLED_MS, DISABLED_MS + 1), fc.nat(DISABLED_MS)),
  }),
  { maxLength: 40 },
);

function recordsAfter(list: readonly Outcome[]): { record: ProxyRecord; nowMs: number; success: boolean }[] {
  let record = UNUSED;
  let nowMs = 0;
  return list.map(({ success, pauseMs }) => {
    nowMs += pauseMs;
    record = afterOutcome(record, success, nowMs);
    return { record, nowMs, success };
  });
}

describe('the health of a proxy', () => {
  it.each([
    [0, 0, 'healthy'],
    [5, 4, 'healthy'],
    [10, 8, 'healthy'],
    [1_000, 799, 'flagged'],
    [2, 1, 'flagged'],
    [1_000, 499, 'blacklisted'],
    [1, 0, 'blacklisted'],
  ])('of %d uses and %d successes is %s', (uses, successes, health) => {
    expect(healthOf({ ...UNUSED, uses, successes }, 0)).toBe(health);
  });

  it('three failures in a row disable it for 30 minutes to the millisecond, whatever comes, and no other three do', () => {
    const [, , third] = recordsAfter(Array(3).fill({ success: false, pauseMs: 10 }));
    expect(third?.record.disabledUntilMs).toBe(30 + DISABLED_MS);
    const perfect = { ...UNUSED, uses: 100, successes: 100, disabledUntilMs: 1_000 };
    expect([healthOf(perfect, 999), healthOf(perfect, 1_000)]).toEqual(['blacklisted', 'healthy']);
    expect([isEnabled(perfect, 999), isEnabled(perfect, 1_000)]).toEqual([false, true]);
    const during = afterOutcome(perfect, true, 500);
    expect([during.disabledUntilMs, during.uses]).toEqual([1_000, 101]);
    expect(afterOutcome(perfect, false, 500)).toMatchObject({ disabledUntilMs: 1_000, failedInRow: 0 });
    // After it, three new failures are needed.
    expect(afterOutcome(perfect, false, 1_000)).toMatchObject({ disabledUntilMs: null, failedInRow: 1 });
    const mixed = [false, false, true, false, false, true].map((success) => ({ success, pauseMs: 1 }));
    expect(recordsAfter(mixed).every(({ record }) => record.disabledUntilMs === null)).toBe(true);
  });

  it('for any outcomes counts each, disables exactly when told apart, and never for longer or shorter', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        let before = UNUSED;
        for (const [index, { record, nowMs, success }] of recordsAfter(list).entries()) {
          expect(record.uses).toBe(index + 1);
          expect(record.successes).toBe(list.slice(0, index + 1).filter((outcome) => outcome.success).length);
          expect(record.failedInRow).toBeLessThan(FAILURES_TO_DISABLE);
          if (!isEnabled(before, nowMs)) expect(record.disabledUntilMs).toBe(before.disabledUntilMs);
          else if (record.disabledUntilMs === null) expect(success || record.failedInRow > 0).toBe(true);
          else expect([success, before.failedInRow, record.disabledUntilMs]).toEqual([false, 2, nowMs + DISABLED_MS]);
          before = record;
        }
      }),
    );
  });
});
