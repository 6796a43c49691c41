import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConcludedRound,
  concludeRound,
  countGood,
  DEAD_RECHECK_MAX_MS,
  DEAD_RECHECK_MIN_MS,
  deadRecheckDelayMs,
  isDue,
  isSuspect,
  ROUNDS_TO_DEATH,
} from '../../../src/proxy-pool/checks/checks.model.ts';
import type { CheckedProxy, ProbeReport } from '../../../src/proxy-pool/checks/checks.types.ts';
import { report, uncheckedProxy } from './fixtures.ts';

const NOW_MS = 1_800_000_000_000;
const INTERVAL_MS = 300_000;
const MINUTE_MS = 60_000;

type Outcome = ProbeReport['outcome'];

function rules(nowMs = NOW_MS) {
  return { nowMs, checkIntervalMs: INTERVAL_MS, random: () => 0.5 };
}

/** The rounds of a proxy, one after the other, each when the one before said. */
function run(outcomes: readonly Outcome[], first: CheckedProxy = uncheckedProxy()): ConcludedRound[] {
  const rounds: ConcludedRound[] = [];
  let proxy = first;
  for (const outcome of outcomes) {
    const round = concludeRound(proxy, report(outcome), rules(Math.max(NOW_MS, proxy.nextCheckAtMs ?? 0)));
    rounds.push(round);
    proxy = round.after;
  }
  return rounds;
}

function lastOf(outcomes: readonly Outcome[]): ConcludedRound {
  const last = run(outcomes).at(-1);
  if (!last) throw new Error('no rounds');
  return last;
}

describe('a proxy’s life', () => {
  it('an unchecked proxy that passes is active, leasable, scored, and due after the interval', () => {
    const { after, isNews } = lastOf(['passed']);
    expect(after).toMatchObject({
      status: 'active',
      leasable: true,
      anonymity: 'elite',
      country: 'DE',
      round: 1,
      uptime: 1,
    });
    expect(after.nextCheckAtMs).toBe(NOW_MS + INTERVAL_MS);
    expect(after.score).toBeGreaterThan(0.9);
    expect(isNews).toBe(true);
  });

  it('an active proxy that fails a round keeps its status, is not leasable, and is due within a minute', () => {
    const { after, before, isNews } = lastOf(['passed', 'failed']);
    expect(after).toMatchObject({ status: 'active', leasable: false, failedRounds: 1 });
    expect((after.nextCheckAtMs ?? 0) - (before.nextCheckAtMs ?? 0)).toBeLessThan(MINUTE_MS);
    expect(isNews).toBe(true);
  });

  it('it is leasable again when it passes, and its failures are forgotten', () => {
    const { after, isNews } = lastOf(['passed', 'failed', 'failed', 'passed']);
    expect(after).toMatchObject({ status: 'active', leasable: true, failedRounds: 0 });
    expect(isNews).toBe(true);
  });

  it('three failed rounds in a row kill it, with an event only if it was ever alive', () => {
    const alive = lastOf(['passed', 'failed', 'failed', 'failed']);
    expect(alive.after).toMatchObject({ status: 'dead', score: null, leasable: false });
    expect(alive.after.diedAtMs).not.toBeNull();
    expect(alive.hasDied).toBe(true);
    const neverAlive = lastOf(['failed', 'failed', 'failed']);
    expect(neverAlive.after.status).toBe('dead');
    expect(neverAlive.hasDied).toBe(false);
  });

  it('a dead proxy that passes lives again', () => {
    const { after } = lastOf(['failed', 'failed', 'failed', 'passed']);
    expect(after).toMatchObject({ status: 'active', leasable: true, diedAtMs: null, failedRounds: 0 });
  });

  it('an inconclusive round changes nothing but its time', () => {
    for (const outcomes of [[], ['passed'], ['passed', 'failed'], ['failed', 'failed', 'failed']] as Outcome[][]) {
      const { before, after, isNews } = lastOf([...outcomes, 'inconclusive']);
      const { round, lastCheckedAtMs, nextCheckAtMs, ...rest } = after;
      expect(rest).toEqual(expect.objectContaining({ status: before.status, leasable: before.leasable }));
      expect(after.failedRounds).toBe(before.failedRounds);
      expect(round).toBe(before.round + 1);
      expect(nextCheckAtMs).toBeGreaterThan(lastCheckedAtMs ?? 0);
      expect(isNews).toBe(false);
    }
  });

  it('what is known of the place stays when the edge does not say', () => {
    const passed = report('passed');
    const silent = { ...passed, evidence: passed.evidence && { ...passed.evidence, country: null, asn: null } };
    const { after } = concludeRound(uncheckedProxy({ country: 'FR', asn: 1 }), silent, rules());
    expect(after).toMatchObject({ country: 'FR', asn: 1 });
  });
});

describe('whatever rounds a proxy has', () => {
  const outcomes = fc.array(fc.constantFrom<Outcome>('passed', 'failed', 'inconclusive'), {
    minLength: 1,
    maxLength: 30,
  });

  it('its state is consistent after each', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        for (const { before, after } of run(list)) {
          expect(after.round).toBe(before.round + 1);
          if (after.leasable) expect(after).toMatchObject({ status: 'active', failedRounds: 0 });
          expect(after.status === 'dead').toBe(after.diedAtMs !== null);
          expect(after.status === 'active').toBe(after.score !== null);
          if (after.status !== 'dead') expect(after.failedRounds).toBeLessThan(ROUNDS_TO_DEATH);
          expect(after.nextCheckAtMs).toBeGreaterThan(after.lastCheckedAtMs ?? 0);
          expect(isDue(after, after.lastCheckedAtMs ?? 0)).toBe(
            (after.nextCheckAtMs ?? 0) - (after.lastCheckedAtMs ?? 0) <= 30_000,
          );
        }
      }),
    );
  });

  it('the book hears of every change of what it leases, and of nothing about what it does not', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        for (const { before, after, isNews } of run(list)) {
          if (before.leasable !== after.leasable) expect(isNews).toBe(true);
          if (!before.leasable && !after.leasable) expect(isNews).toBe(false);
          if (after.leasable && before.score !== after.score) expect(isNews).toBe(true);
        }
      }),
    );
  });

  it('it dies once for each life, and the further rounds of a dead one leave no history', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        for (const { before, after, hasDied, keepsHistory } of run(list)) {
          if (hasDied) expect([before.status, after.status]).toEqual(['active', 'dead']);
          expect(keepsHistory).toBe(before.status !== 'dead' || after.status !== 'dead');
        }
      }),
    );
  });
});

describe('when it is due', () => {
  it('the dead wait an hour, then longer and longer, a day at most', () => {
    const delays = [3, 4, 5, 6, 7, 8, 9, 100].map((failedRounds) => deadRecheckDelayMs(failedRounds, 0.5));
    const hourMs = 60 * 60 * 1000;
    expect(delays).toEqual([1, 2, 4, 8, 16, 24, 24, 24].map((hours) => hours * hourMs));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (rounds, random) => {
          const delayMs = deadRecheckDelayMs(rounds, random);
          expect(delayMs).toBeGreaterThanOrEqual(DEAD_RECHECK_MIN_MS);
          expect(delayMs).toBeLessThanOrEqual(DEAD_RECHECK_MAX_MS);
        },
      ),
    );
  });

  it('what the platform can not reach is never due', () => {
    expect(isDue({ status: 'unsupported', nextCheckAtMs: 0 }, NOW_MS)).toBe(false);
    expect(isDue({ status: 'unchecked', nextCheckAtMs: null }, NOW_MS)).toBe(false);
    expect(isDue({ status: 'unchecked', nextCheckAtMs: NOW_MS }, NOW_MS)).toBe(true);
  });
});

describe('a mass failure', () => {
  const none = { good: 0, failed: 0 };

  it('needs over nine tenths of at least twenty previously good proxies, in the batch or in its sweep', () => {
    expect(isSuspect({ good: 25, failed: 25 }, { good: 25, failed: 25 })).toBe(true);
    expect(isSuspect({ good: 25, failed: 23 }, { good: 25, failed: 23 })).toBe(true);
    expect(isSuspect({ good: 20, failed: 18 }, { good: 20, failed: 18 })).toBe(false);
    expect(isSuspect({ good: 19, failed: 19 }, { good: 19, failed: 19 })).toBe(false);
    expect(isSuspect({ good: 5, failed: 5 }, { good: 20, failed: 20 })).toBe(true);
    expect(isSuspect({ good: 5, failed: 5 }, { good: 100, failed: 20 })).toBe(false);
    expect(isSuspect(none, { good: 30, failed: 30 })).toBe(false);
  });

  it('only counts proxies that were good, not the unchecked, the failing and the dead', () => {
    const rounds = [
      run(['passed', 'failed']),
      run(['failed']),
      run(['passed', 'failed', 'failed']),
      run(['passed', 'passed']),
    ];
    const last = rounds.flatMap((list) => list.slice(-1));
    expect(countGood(last)).toEqual({ good: 2, failed: 1 });
  });
});
