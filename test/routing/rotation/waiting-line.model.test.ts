import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWaitingLine, MAX_WAITERS, type Waiter } from '../../../src/routing/rotation/waiting-line.model.ts';

const ADDRESSES = ['a', 'b', 'c', 'd'];

const newcomer = fc.record({
  excluded: fc.subarray(ADDRESSES),
  forced: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constantFrom(...ADDRESSES)),
  deadlineAtMs: fc.nat(100),
});

/** True: serve an address; a number: that one leaves; else someone comes. */
const step = fc.oneof(
  { weight: 5, arbitrary: newcomer },
  { weight: 3, arbitrary: fc.constantFrom(...ADDRESSES) },
  { weight: 2, arbitrary: fc.nat(200) },
);

function takes(waiter: Waiter, address: string): boolean {
  return waiter.forced === null ? !waiter.excluded.has(address) : waiter.forced === address;
}

describe('the waiting line', () => {
  it('finds what a look at everyone finds, while they come and go', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.nat(100), (steps, nowMs) => {
        const line = createWaitingLine();
        let present: Waiter[] = [];
        for (const [place, act] of steps.entries()) {
          if (typeof act === 'string') {
            const first = line.firstFor(act);
            expect(first).toBe(present.find((waiter) => takes(waiter, act)) ?? null);
            if (first) line.leave(first);
            present = present.filter((waiter) => waiter !== first);
          } else if (typeof act === 'number') {
            const waiter = present[act];
            if (waiter && act % 2 === 0) line.leave(waiter);
            else if (waiter && waiter.forced === null) line.acceptAny(waiter);
            if (act % 2 === 0) present = present.filter((other) => other !== waiter);
          } else {
            const { deadlineAtMs, forced } = act;
            const excluded = new Set(act.excluded);
            const waiter = line.join({ checkoutId: `c${place}`, joinedAtMs: 0, deadlineAtMs, forced, excluded });
            if (waiter) present.push(waiter);
          }
        }
        expect(line.inOrder()).toEqual(present);
        expect(line.choosy()).toEqual(present.filter(({ excluded, forced }) => forced === null && excluded.size > 0));
        expect(new Set(line.late(nowMs))).toEqual(new Set(present.filter((waiter) => waiter.deadlineAtMs <= nowMs)));
      }),
      { numRuns: 500 },
    );
  });

  it('takes ten thousand and no more', () => {
    const line = createWaitingLine();
    const wish = { joinedAtMs: 0, deadlineAtMs: 1, forced: null, excluded: new Set<string>() };
    for (let place = 0; place < MAX_WAITERS; place += 1) {
      expect(line.join({ ...wish, checkoutId: `c${place}` })).not.toBeNull();
    }
    expect(line.join({ ...wish, checkoutId: 'late' })).toBeNull();
    expect(line.firstFor('a')?.ticket).toBe(1);
  });
});
