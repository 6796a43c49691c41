import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTEMPT_DELAYS_MS,
  concludeAttempt,
  MAX_ATTEMPTS,
  MAX_QUEUE_DELAY_MS,
  MAX_RETRY_AFTER_MS,
  queueDelaySeconds,
} from '../../src/notifiers/deliveries.model.ts';
import { isEventPattern, matchesPattern } from '../../src/notifiers/event-patterns.model.ts';
import { eventTypes } from '../../src/notifiers/events.schemas.ts';

const failed = (retryAfterMs: number | null = null) =>
  ({ kind: 'failed', responseStatus: 500, error: 'x', retryAfterMs }) as const;

describe('the schedule of attempts', () => {
  it('is that of Standard Webhooks: at once, 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h', () => {
    expect(ATTEMPT_DELAYS_MS.map((delayMs) => delayMs / 1_000)).toEqual([
      0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
  });

  it('plans each failure but the last within a tenth of its pause, and then gives up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_ATTEMPTS + 5 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          const { status, nextAttemptAtMs } = concludeAttempt(failed(), attempts, { nowMs: 1_000, random });
          if (attempts >= MAX_ATTEMPTS) {
            expect({ status, nextAttemptAtMs }).toEqual({ status: 'dead', nextAttemptAtMs: null });
            return;
          }
          const pauseMs = (nextAttemptAtMs ?? 0) - 1_000;
          const plannedMs = ATTEMPT_DELAYS_MS[attempts] ?? 0;
          expect(status).toBe('pending');
          expect(pauseMs >= plannedMs && pauseMs <= plannedMs * 1.1 + 1).toBe(true);
        },
      ),
    );
  });

  it('waits as long as the receiver asks, but a day at most, and never less than planned', () => {
    const rules = { nowMs: 0, random: 0 };
    expect(concludeAttempt(failed(60_000), 1, rules).nextAttemptAtMs).toBe(60_000);
    expect(concludeAttempt(failed(1_000), 1, rules).nextAttemptAtMs).toBe(5_000);
    expect(concludeAttempt(failed(10 * MAX_RETRY_AFTER_MS), 1, rules).nextAttemptAtMs).toBe(MAX_RETRY_AFTER_MS);
  });

  it('ends at once when it was taken, and when the receiver is gone', () => {
    const rules = { nowMs: 0, random: 0 };
    expect(concludeAttempt({ kind: 'delivered', responseStatus: 200 }, 1, rules).status).toBe('delivered');
    expect(concludeAttempt({ kind: 'gone', responseStatus: 410, error: 'x' }, 1, rules).status).toBe('dead');
  });

  it('leaves to the sweep what the queue can not hold', () => {
    expect(queueDelaySeconds(5_001, 0)).toBe(6);
    expect(queueDelaySeconds(0, 5_000)).toBe(0);
    expect(queueDelaySeconds(MAX_QUEUE_DELAY_MS, 0)).toBe(43_200);
    expect(queueDelaySeconds(MAX_QUEUE_DELAY_MS + 1, 0)).toBeNull();
  });
});

describe('subscriptions', () => {
  it('are an event, a group or everything, and anything else is refused', () => {
    for (const pattern of ['*', 'credits.*', 'credits.low', 'proxy.pool_low']) {
      expect([pattern, isEventPattern(pattern, eventTypes)]).toEqual([pattern, true]);
    }
    for (const pattern of [
      '',
      '**',
      'credits',
      'credits.',
      '*.low',
      'credits.l*',
      'nothing.*',
      'credits.[a-z]*',
      'c?edits.low',
      ' *',
    ]) {
      expect([pattern, isEventPattern(pattern, eventTypes)]).toEqual([pattern, false]);
    }
  });

  it('match their own group alone', () => {
    expect(eventTypes.filter((type) => matchesPattern('credits.*', type))).toEqual([
      'credits.low',
      'credits.exhausted',
    ]);
    expect(eventTypes.filter((type) => matchesPattern('*', type))).toEqual(eventTypes);
  });
});
