import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FULL_VOICES, OUTCOMES_ALPHA, withOutcomes } from '../../../src/proxy-pool/outcomes/outcomes.model.ts';
import { nextUptime, SCORE_WEIGHTS } from '../../../src/proxy-pool/scoring/scoring.model.ts';

const voice = (successes: number, failures: number, serial = 0) => ({ accountId: `a${serial}`, successes, failures });

/** Where the uptime of a proxy comes to rest that passes each check, while sessions say the same each time. */
function restingUptime(accounts: number, failuresOfEach: number): number {
  const voices = Array.from({ length: accounts }, (_, serial) => voice(0, failuresOfEach, serial));
  let uptime = 1;
  for (let round = 0; round < 500; round += 1) uptime = withOutcomes(nextUptime(uptime, true), voices);
  return uptime;
}

describe('what sessions say', () => {
  it('moves an uptime toward it by a bounded part, and never beyond 0 and 1', () => {
    const voices = fc.array(
      fc
        .tuple(fc.nat(1_000_000), fc.nat(1_000_000))
        .filter(([successes, failures]) => successes + failures > 0)
        .map(([successes, failures]) => voice(successes, failures)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), voices, (uptime, said) => {
        const after = withOutcomes(uptime, said);
        expect(Math.abs(after - uptime)).toBeLessThanOrEqual(OUTCOMES_ALPHA + 1e-6);
        expect(after).toBeGreaterThanOrEqual(0);
        expect(after).toBeLessThanOrEqual(1);
      }),
    );
    expect(withOutcomes(0.5, [])).toBe(0.5);
    expect(withOutcomes(0.5, [voice(1, 0)])).toBeGreaterThan(0.5);
    expect(withOutcomes(0.5, [voice(0, 1)])).toBeLessThan(0.5);
  });

  it('is one voice an account, however often it says it', () => {
    expect(withOutcomes(1, [voice(0, 1)])).toBe(withOutcomes(1, [voice(0, 1_000_000)]));
    expect(withOutcomes(1, [voice(0, 1_000_000), voice(1, 0, 1)])).toBe(withOutcomes(1, [voice(0, 1), voice(1, 0, 1)]));
  });

  it('can’t ruin a proxy that passes its checks: one account takes 0.04 of its score at most, any number of them 0.14', () => {
    const lossOf = (accounts: number) => SCORE_WEIGHTS.uptime * (1 - restingUptime(accounts, 1_000));
    expect(lossOf(1)).toBeLessThan(0.04);
    expect(lossOf(FULL_VOICES)).toBeLessThan(0.14);
    expect(lossOf(10 * FULL_VOICES)).toBeCloseTo(lossOf(FULL_VOICES), 5);
  });
});
