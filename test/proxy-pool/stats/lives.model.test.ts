import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGE_RUNGS_MINUTES,
  type LifeRow,
  type LifeStep,
  medianLifeMinutes,
  rungMissed,
  rungsReached,
  shareAliveAfter,
} from '../../../src/proxy-pool/stats/lives.model.ts';

const MINUTE_MS = 60_000;

/** The life table of lives that were checked every `everyMinutes` until they ended. */
function tableOf(lives: readonly { lastsMinutes: number; isOver: boolean }[], everyMinutes = 5): LifeRow[] {
  const steps: LifeStep[] = [];
  for (const { lastsMinutes, isOver } of lives) {
    let lastPassedAtMs = 0;
    for (let age = everyMinutes; age <= lastsMinutes; age += everyMinutes) {
      steps.push(...rungsReached({ aliveSinceMs: 0, lastPassedAtMs }, age * MINUTE_MS));
      lastPassedAtMs = age * MINUTE_MS;
    }
    if (isOver) steps.push(...rungMissed({ aliveSinceMs: 0, lastPassedAtMs }));
  }
  return AGE_RUNGS_MINUTES.flatMap((_, rung) => {
    const ofRung = steps.filter((step) => step.rung === rung);
    const ended = ofRung.filter((step) => step.ended).length;
    return ofRung.length === 0 ? [] : [{ rung, ended, survived: ofRung.length - ended }];
  });
}

describe('a life table', () => {
  it('says nothing of a source whose proxies were never alive, or not for long yet', () => {
    expect([shareAliveAfter([], 60), medianLifeMinutes([])]).toEqual([null, null]);
    const young = tableOf([{ lastsMinutes: 40, isOver: false }]);
    expect([shareAliveAfter(young, 30), shareAliveAfter(young, 60)]).toEqual([1, null]);
  });

  it('counts each life that is over or old enough, and leaves out what is too young to tell', () => {
    const table = tableOf([
      { lastsMinutes: 20, isOver: true },
      { lastsMinutes: 50, isOver: true },
      { lastsMinutes: 90, isOver: true },
      { lastsMinutes: 3_000, isOver: false },
      { lastsMinutes: 5, isOver: false },
    ]);
    expect(shareAliveAfter(table, 60)).toBeCloseTo(2 / 4);
    expect(shareAliveAfter(table, 1_440)).toBeCloseTo(1 / 4);
    expect(medianLifeMinutes(table)).toBe(60);
  });

  it('takes nobody for dead who is only too young, however soon another ended', () => {
    const running = (count: number, lastsMinutes: number) =>
      Array.from({ length: count }, () => ({ lastsMinutes, isOver: false }));
    const early = tableOf([...running(21, 38), { lastsMinutes: 35, isOver: true }]);
    expect([shareAliveAfter(early, 30), shareAliveAfter(early, 60), medianLifeMinutes(early)]).toEqual([1, null, null]);
    // Ten came to the hour, one did not, eleven may yet: each of those counts for half of one at risk.
    const later = tableOf([...running(10, 65), ...running(11, 50), { lastsMinutes: 35, isOver: true }]);
    expect(shareAliveAfter(later, 60)).toBeCloseTo(1 - 1 / (10 + 1 + 11 / 2));
    expect(medianLifeMinutes(later)).toBeNull();
  });

  it('knows no median while more than half outlast what has been seen', () => {
    const table = tableOf([
      { lastsMinutes: 20, isOver: true },
      ...[1, 2, 3].map(() => ({ lastsMinutes: 300, isOver: false })),
    ]);
    expect(medianLifeMinutes(table)).toBeNull();
  });

  it('of lives that are all over agrees with a plain count at every rung, whatever the lengths and the gaps', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 5, max: 90 }), (minutes, everyMinutes) => {
        const table = tableOf(
          minutes.map((lastsMinutes) => ({ lastsMinutes, isOver: true })),
          everyMinutes,
        );
        // A life lasts until the last check that it passed.
        const seen = minutes.map((length) => length - (length % everyMinutes));
        for (const rung of AGE_RUNGS_MINUTES) {
          const expected = seen.filter((length) => length >= rung).length / seen.length;
          const estimated = shareAliveAfter(table, rung);
          if (estimated === null) expect(expected).toBe(0);
          else expect(estimated).toBeCloseTo(expected, 9);
        }
        const median = medianLifeMinutes(table);
        if (median !== null) {
          const upper = AGE_RUNGS_MINUTES.find((rung) => rung >= median) ?? 0;
          expect(seen.filter((length) => length >= upper).length / seen.length).toBeLessThanOrEqual(0.5);
        }
      }),
      { numRuns: 300 },
    );
  });
});
