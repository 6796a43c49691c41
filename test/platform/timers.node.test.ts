import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimers, MAX_SLEEP_MS, type Timers } from '../../src/platform/timers.ts';

/** A runtime's timers on a clock that is moved by hand, which counts how often one was set. */
function createRuntime() {
  let nowMs = 1_000;
  const pending = new Set<{ atMs: number; ring: () => void }>();
  const runtime = { set: 0 };
  const timers: Timers = {
    after(durationMs, ring) {
      runtime.set += 1;
      const one = { atMs: nowMs + Math.max(0, durationMs), ring };
      pending.add(one);
      return () => pending.delete(one);
    },
  };
  const advance = (ms: number): void => {
    const untilMs = nowMs + ms;
    for (;;) {
      const [next] = [...pending].filter(({ atMs }) => atMs <= untilMs).sort((left, right) => left.atMs - right.atMs);
      if (next === undefined) break;
      pending.delete(next);
      nowMs = next.atMs;
      next.ring();
    }
    nowMs = untilMs;
  };
  return { runtime, pending, advance, timers: createTimers({ nowMs: () => nowMs }, timers), nowMs: () => nowMs };
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), ms: fc.integer({ min: -5, max: 3 * MAX_SLEEP_MS }) }),
  fc.record({ kind: fc.constant('callOff' as const), ms: fc.nat(20) }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(2 * MAX_SLEEP_MS) }),
);

test('each rings once and on time unless it is called off, and none is left of the runtime when all are over', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { timers, pending, advance, nowMs } = createRuntime();
      const set: { dueAtMs: number; rangAtMs: number[]; isOff: boolean; callOff: () => void }[] = [];
      for (const { kind, ms } of steps) {
        if (kind === 'advance') advance(ms);
        else if (kind === 'set') {
          const rangAtMs: number[] = [];
          const callOff = timers.after(ms, () => rangAtMs.push(nowMs()));
          set.push({ dueAtMs: nowMs() + Math.max(0, ms), rangAtMs, isOff: false, callOff });
        } else {
          const one = set[ms % Math.max(1, set.length)];
          if (one === undefined) continue;
          one.callOff();
          if (one.rangAtMs.length === 0) one.isOff = true;
        }
      }
      advance(4 * MAX_SLEEP_MS);
      for (const { dueAtMs, rangAtMs, isOff } of set) expect(rangAtMs).toEqual(isOff ? [] : [dueAtMs]);
      expect(pending.size).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

test('what follows the first costs the runtime nothing, and when all are called off it rings once, for nobody', () => {
  const { timers, runtime, pending, advance } = createRuntime();
  timers.after(10_000, () => undefined)();
  for (let stage = 0; stage < 100; stage += 1) timers.after(MAX_SLEEP_MS + stage, () => undefined)();
  expect(runtime.set).toBe(1);
  advance(MAX_SLEEP_MS);
  expect(pending.size).toBe(0);
});

test('one that is due before the runtime would ring is on time', () => {
  const { timers, advance } = createRuntime();
  const rang: string[] = [];
  timers.after(10_000, () => rang.push('late'));
  timers.after(20, () => rang.push('soon'));
  advance(20);
  expect(rang).toEqual(['soon']);
  advance(9_980);
  expect(rang).toEqual(['soon', 'late']);
});
