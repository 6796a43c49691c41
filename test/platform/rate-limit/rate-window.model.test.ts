import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideRate, windowStartMs } from '../../../src/platform/rate-limit/rate-window.model.ts';

const limits = fc.record({
  name: fc.constant('calls'),
  maxHits: fc.integer({ min: 1, max: 20 }),
  windowMs: fc.integer({ min: 1, max: 10_000 }),
});

it('allows exactly the limit in each window, whatever the order of moments within it', () => {
  fc.assert(
    fc.property(limits, fc.array(fc.nat(50_000), { maxLength: 200 }), (limit, moments) => {
      const allowedIn = new Map<number, number>();
      for (const nowMs of moments.sort((left, right) => left - right)) {
        const startMs = windowStartMs(limit, nowMs);
        const before = allowedIn.get(startMs) ?? 0;
        const decision = decideRate(limit, before, nowMs);
        expect(decision.allowed).toBe(before < limit.maxHits);
        expect(decision.remaining).toBe(Math.max(0, limit.maxHits - before - 1));
        expect(decision.resetMs).toBeGreaterThan(0);
        expect(decision.resetMs).toBeLessThanOrEqual(limit.windowMs);
        if (decision.allowed) allowedIn.set(startMs, before + 1);
      }
      for (const allowed of allowedIn.values()) expect(allowed).toBeLessThanOrEqual(limit.maxHits);
    }),
  );
});

it('grants several at once, never more than the limit in all, and to the last one', () => {
  fc.assert(
    fc.property(limits, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 }), (limit, wants) => {
      let hits = 0;
      for (const wanted of wants) {
        const { granted, remaining, allowed } = decideRate(limit, hits, 0, wanted);
        expect(granted).toBeLessThanOrEqual(wanted);
        expect(allowed).toBe(hits < limit.maxHits);
        hits += granted;
        expect(remaining).toBe(limit.maxHits - hits);
      }
      expect(hits).toBeLessThanOrEqual(limit.maxHits);
    }),
  );
});
