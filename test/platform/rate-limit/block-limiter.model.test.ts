import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Allowances, createBlockLimiter } from '../../../src/platform/rate-limit/block-limiter.ts';
import { decideRate, type RateLimit, windowStartMs } from '../../../src/platform/rate-limit/rate-window.model.ts';

/** The exact window, by its own model, and how often it was asked. */
function exactWindow(clock: { ms: number }) {
  const hits = new Map<string, number>();
  const window = { asked: 0 };
  const take = async (limit: RateLimit, subject: string, wanted: number) => {
    window.asked += 1;
    const name = `${subject} ${windowStartMs(limit, clock.ms)}`;
    const decision = decideRate(limit, hits.get(name) ?? 0, clock.ms, wanted);
    hits.set(name, (hits.get(name) ?? 0) + decision.granted);
    return decision;
  };
  return { window, take };
}

function isolateOf(clock: { ms: number }, take: ReturnType<typeof exactWindow>['take']) {
  const allowances: Allowances = new Map();
  const limiter = createBlockLimiter({
    limiter: { take },
    clock: { nowMs: () => clock.ms },
    allowances,
    onUnreachable: (error) => {
      throw error;
    },
  });
  return (limit: RateLimit, subject = 'a') =>
    limiter.enforce(limit, subject).then(
      (headers) => ({ allowed: true, headers }),
      (error: { code: string; headers: Record<string, string> }) => {
        expect(error.code).toBe('RATE_LIMITED');
        return { allowed: false, headers: error.headers };
      },
    );
}

describe('a limit spent in blocks', () => {
  it('lets one isolate make exactly as many requests as the limit says, for a call each twentieth', async () => {
    const limit = { name: 'requests', maxHits: 1_200, windowMs: 60_000 };
    const clock = { ms: 1_800_000_000_000 };
    const { window, take } = exactWindow(clock);
    const call = isolateOf(clock, take);
    const first = await call(limit);
    expect(first.headers).toEqual({
      'RateLimit-Policy': '"requests";q=1200;w=60',
      RateLimit: '"requests";r=1199;t=60',
    });
    for (let count = 1; count < 1_200; count += 1) expect((await call(limit)).allowed).toBe(true);
    const asked = window.asked;
    expect(asked).toBeLessThan(40);
    const refused = await call(limit);
    expect([refused.allowed, refused.headers]).toMatchObject([
      false,
      { 'Retry-After': '60', RateLimit: '"requests";r=0;t=60' },
    ]);
    // Whoever goes on costs nothing more, until the window ends.
    for (let count = 0; count < 100; count += 1) expect((await call(limit)).allowed).toBe(false);
    expect(window.asked).toBe(asked);
    clock.ms += 60_000;
    expect((await call(limit)).allowed).toBe(true);
  });

  it('never lets several isolates together through more often than the limit, in any order, and almost as often', async () => {
    const calls = fc.array(fc.record({ isolate: fc.nat(2), atOnce: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), calls, async (maxHits, sequence) => {
        const limit = { name: 'requests', maxHits, windowMs: 60_000 };
        const clock = { ms: 1_800_000_000_000 };
        const { take } = exactWindow(clock);
        const isolates = [0, 1, 2].map(() => isolateOf(clock, take));
        let allowed = 0;
        let made = 0;
        for (const { isolate, atOnce } of sequence) {
          const answers = await Promise.all(Array.from({ length: atOnce }, () => isolates[isolate]?.(limit)));
          allowed += answers.filter((answer) => answer?.allowed).length;
          made += atOnce;
        }
        expect(allowed).toBeLessThanOrEqual(maxHits);
        // What lies unspent in the isolates is a block for each request that came at once.
        const stranded = 3 * 5 * Math.max(1, Math.floor(maxHits / 20));
        expect(allowed).toBeGreaterThanOrEqual(Math.min(made, maxHits) - stranded);
      }),
    );
  });

  it('stops nobody while the window can not be reached', async () => {
    const failures: unknown[] = [];
    const limiter = createBlockLimiter({
      limiter: { take: () => Promise.reject(new Error('away')) },
      clock: { nowMs: () => 0 },
      allowances: new Map(),
      onUnreachable: (error) => failures.push(error),
    });
    expect(await limiter.enforce({ name: 'requests', maxHits: 1, windowMs: 60_000 }, 'a')).toEqual({});
    expect(failures).toHaveLength(1);
  });
});
