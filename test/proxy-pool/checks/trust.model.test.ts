import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConcludedRound,
  concludeRound,
  MAX_PROBATION_ROUNDS,
  PROBATION_ROUNDS,
  probationRoundsAfter,
} from '../../../src/proxy-pool/checks/checks.model.ts';
import type { ProbeReport } from '../../../src/proxy-pool/checks/checks.types.ts';
import { describeTrust } from '../../../src/proxy-pool/proxies/trust.model.ts';
import { lyingReport, report, uncheckedProxy } from './fixtures.ts';

const NOW_MS = 1_800_000_000_000;

type Outcome = ProbeReport['outcome'] | 'lied';

function run(outcomes: readonly Outcome[]): ConcludedRound[] {
  const rounds: ConcludedRound[] = [];
  let proxy = uncheckedProxy();
  for (const outcome of outcomes) {
    const nowMs = Math.max(NOW_MS, proxy.nextCheckAtMs ?? 0);
    const found = outcome === 'lied' ? lyingReport() : report(outcome);
    const round = concludeRound(proxy, found, { nowMs, checkIntervalMs: 300_000, random: () => 0.5 });
    rounds.push(round);
    proxy = round.after;
  }
  return rounds;
}

function lastOf(outcomes: readonly Outcome[]) {
  const last = run(outcomes).at(-1);
  if (!last) throw new Error('no rounds');
  return last.after;
}

describe('a proxy that was caught lying', () => {
  it('is out at once, comes last however fast it is, and needs three good rounds in a row', () => {
    const caught = lastOf(['passed', 'lied']);
    expect(caught).toMatchObject({ status: 'active', leasable: false, score: 0, lies: 1, probationRounds: 3 });
    expect(caught).toMatchObject({ caughtVerdict: 'body_diff' });
    expect(lastOf(['passed', 'lied', 'passed', 'passed'])).toMatchObject({ leasable: false, score: 0 });
    const again = lastOf(['passed', 'lied', 'passed', 'passed', 'passed']);
    expect(again).toMatchObject({ leasable: true, probationRounds: 0, lies: 1 });
    expect(again.score).toBeGreaterThan(0.5);
  });

  it('never becomes active by one good round when it lied before', () => {
    expect(lastOf(['lied', 'passed', 'passed'])).toMatchObject({ status: 'unchecked', leasable: false });
    expect(lastOf(['lied', 'lied', 'lied', 'passed'])).toMatchObject({ status: 'dead', leasable: false });
  });

  it('must begin anew after a plain failure, and gets no nearer by a round that decides nothing', () => {
    expect(lastOf(['lied', 'passed', 'passed', 'failed']).probationRounds).toBe(3);
    expect(lastOf(['lied', 'passed', 'inconclusive']).probationRounds).toBe(2);
  });

  it('owes twice as many rounds after each lie, up to a limit', () => {
    expect([0, 1, 2, 3, 4].map(probationRoundsAfter)).toEqual([0, 3, 6, 12, 24]);
    expect(probationRoundsAfter(1)).toBe(PROBATION_ROUNDS);
    expect(probationRoundsAfter(1_000_000)).toBe(MAX_PROBATION_ROUNDS);
  });

  it('whatever its rounds are, is leasable only after as many good ones in a row as it owes', () => {
    const outcome = fc.constantFrom<Outcome>('passed', 'passed', 'passed', 'passed', 'failed', 'inconclusive', 'lied');
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 60 }), (outcomes) => {
        let lies = 0;
        let goodInARow = Number.POSITIVE_INFINITY;
        for (const [index, { before, after, isNews }] of run(outcomes).entries()) {
          const now = outcomes[index];
          if (now === 'lied') lies += 1;
          if (now === 'lied') goodInARow = 0;
          if (now === 'failed' && before.probationRounds > 0) goodInARow = 0;
          if (now === 'passed') goodInARow += 1;
          if (after.leasable) expect(goodInARow).toBeGreaterThanOrEqual(probationRoundsAfter(lies));
          if (now === 'passed' && goodInARow >= probationRoundsAfter(lies)) expect(after.leasable).toBe(true);
          expect(after.lies).toBe(lies);
          expect(after.leasable && after.probationRounds > 0).toBe(false);
          expect(after.status === 'active').toBe(after.score !== null);
          expect(after.status === 'dead').toBe(after.diedAtMs !== null);
          if (before.leasable !== after.leasable) expect(isNews).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is said of it', () => {
  it('is a sentence that a person understands', () => {
    const caughtAt = '2026-11-25T10:00:00.000Z';
    const once = { lies: 1, caughtVerdict: 'tls_mitm', caughtAt } as const;
    expect(describeTrust({ lies: 0, probationRounds: 0, caughtVerdict: null, caughtAt: null })).toBe(
      'Never caught lying.',
    );
    expect(describeTrust({ ...once, probationRounds: 1 })).toBe(
      `Caught lying once, last at ${caughtAt}: it opened TLS connections with a certificate of its own, so that it could ` +
        'read them. However fast it is, it is not leased until it has passed 1 more round.',
    );
    expect(describeTrust({ ...once, probationRounds: 0 })).toContain('passed all rounds that were asked of it since');
  });
});
