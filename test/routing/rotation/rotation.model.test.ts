import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestOutcomes } from '../../../src/routing/rotation/rotation.types.ts';
import { CHECKOUT_LIFE_MS } from '../../../src/routing/rotation/rotation-state.model.ts';
import { createRotationWorld, type RotationWorld } from './simulation/world.ts';

const ADDRESSES = ['http://a:1', 'http://b:1', 'socks5://c:1', 'http://d:1'];

const address = fc.constantFrom(...ADDRESSES);
const which = fc.nat(60);

const configuration = fc.record({
  minRequestIntervalMs: fc.constantFrom(0, 100, 1_000),
  maxQueueWaitMs: fc.constantFrom(0, 500, 5_000, 40_000),
  ipFailuresUntilQuarantine: fc.integer({ min: 1, max: 3 }),
  quarantineTimeMs: fc.constantFrom(700, 20_000),
  ips: fc.array(
    address.map((one) => ({ address: one, provider: 'p' })),
    { minLength: 1, maxLength: 5 },
  ),
});

const wish = fc.record({
  excluded: fc.oneof(fc.constant([]), fc.array(address, { maxLength: 3 })),
  forced: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: address }),
});

const reported = fc.record({
  outcome: fc.constantFrom(...requestOutcomes),
  sentAgoMs: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3_000 })),
  latencyMs: fc.constantFrom(null, 5),
});

/** `does` is what a failing run prints of it. */
interface Step {
  does: string;
  run(world: RotationWorld): void;
}

/** A step that comes up so often, beside the others, with arguments of its own. */
function often<Argument>(
  weight: number,
  argument: fc.Arbitrary<Argument>,
  act: (world: RotationWorld, argument: Argument) => unknown,
): { weight: number; arbitrary: fc.Arbitrary<Step> } {
  const name = /world\d*\.(\w+)/.exec(String(act))?.[1];
  const toStep = (value: Argument): Step => ({
    does: `${name} ${JSON.stringify(value)}`,
    run: (world) => void act(world, value),
  });
  return { weight, arbitrary: argument.map(toStep) };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  often(3, fc.tuple(configuration, fc.boolean()), (world, [to, isOld]) => world.configure(to, isOld)),
  often(1, fc.boolean(), (world, isOld) => world.remove(isOld)),
  often(50, wish, (world, one) => world.ask(one)),
  often(1, wish, (world, one) => world.ask(one, 1)),
  often(20, fc.tuple(which, reported), (world, [at, what]) => world.askWithReport(at, what)),
  often(10, which, (world, at) => world.askAgain(at)),
  often(45, fc.tuple(which, reported), (world, [at, what]) => world.report(at, what)),
  often(8, which, (world, at) => world.extend(at)),
  often(8, which, (world, at) => world.leave(at)),
  often(18, fc.constantFrom(1, 50, 100, 499, 1_000, 9_000, 31_000), (world, ms) => world.advance(ms)),
  often(15, fc.constant(null), (world) => world.advanceToTurn()),
  often(4, fc.constant(null), (world) => world.die()),
);

const RUNS = Number(process.env.ROTATION_RUNS ?? 3_000);

describe('the rotation of a target', () => {
  it('has one request an IP, holds, order, quarantine and draining right, whatever happens and wherever it dies', () => {
    let grants = 0;
    fc.assert(
      fc.property(configuration, fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (first, steps) => {
        const world = createRotationWorld();
        world.configure(first, false);
        for (const { run } of steps) run(world);
        grants += world.grants();
      }),
      { numRuns: RUNS },
    );
    expect(grants).toBeGreaterThan(RUNS * 6);
  });

  const settings = {
    minRequestIntervalMs: 1_000,
    maxQueueWaitMs: 5_000,
    ipFailuresUntilQuarantine: 2,
    quarantineTimeMs: 10_000,
  };
  const failed = { outcome: 'connection_error', sentAgoMs: 0, latencyMs: null } as const;
  const any = { excluded: [], forced: null };

  it('gives back an IP one interval after it was sent, not after its answer', () => {
    const world = createRotationWorld();
    world.configure({ ...settings, ips: [{ address: 'http://a:1', provider: 'p' }] }, false);
    expect(world.ask(any)).toMatchObject({ ok: true, address: 'http://a:1', queueMs: 0 });
    world.advance(600);
    world.report(1, { outcome: 'success', sentAgoMs: 600, latencyMs: 590 });
    expect(world.ask(any)).toHaveProperty('wait');
    world.advance(399);
    expect(world.grants()).toBe(1);
    world.advance(1);
    expect(world.grants()).toBe(2);
  });

  it('quarantines after failures in a row; one more after that is enough', () => {
    const world = createRotationWorld();
    world.configure({ ...settings, minRequestIntervalMs: 0, ips: [{ address: 'http://a:1', provider: 'p' }] }, false);
    for (let time = 0; time < 2; time += 1) {
      world.ask(any);
      world.report(1, failed);
    }
    expect(world.ask({ excluded: [], forced: 'http://a:1' })).toEqual({ ok: false, code: 'IP_QUARANTINED' });
    expect(world.metrics()).toMatchObject({ quarantines: 1, ips: { QUARANTINED: 1 } });
    world.advance(10_000);
    expect(world.ask(any)).toMatchObject({ ok: true });
    world.report(1, failed);
    expect(world.metrics()).toMatchObject({ quarantines: 2, outcomes: { connection_error: 3 } });
  });

  it('frees the IP of a caller that is heard of no more, an interval after it may last have sent something', () => {
    const world = createRotationWorld();
    world.configure({ ...settings, ips: [{ address: 'http://a:1', provider: 'p' }] }, false);
    world.ask(any);
    world.advance(CHECKOUT_LIFE_MS);
    expect(world.ask(any)).toHaveProperty('wait');
    world.die();
    world.advance(999);
    expect(world.ask(any)).toHaveProperty('wait');
    world.advance(1);
    expect(world.grants()).toBe(2);
    expect(world.metrics().outcomes).toMatchObject({ lapsed: 1 });
  });

  it('gives a retry another IP, and the same one again when there is no other', () => {
    const world = createRotationWorld();
    const ips = ['http://a:1', 'http://b:1'].map((one) => ({ address: one, provider: 'p' }));
    world.configure({ ...settings, minRequestIntervalMs: 0, ips }, false);
    world.ask(any);
    world.report(1, failed);
    expect(world.ask({ excluded: ['http://a:1'], forced: null })).toMatchObject({ address: 'http://b:1' });
    expect(world.ask({ excluded: ['http://b:1'], forced: null })).toMatchObject({ address: 'http://a:1' });
  });

  it('has a retry take what there is when the other IPs are quarantined meanwhile', () => {
    const world = createRotationWorld();
    const ips = ['http://a:1', 'http://b:1'].map((one) => ({ address: one, provider: 'p' }));
    world.configure({ ...settings, minRequestIntervalMs: 0, ipFailuresUntilQuarantine: 1, ips }, false);
    expect(world.ask(any)).toMatchObject({ address: 'http://a:1' });
    expect(world.ask(any)).toMatchObject({ address: 'http://b:1' });
    expect(world.ask({ excluded: ['http://a:1'], forced: null })).toHaveProperty('wait');
    world.report(1, failed);
    expect(world.grants()).toBe(2);
    world.report(1, { outcome: 'success', sentAgoMs: 0, latencyMs: 1 });
    expect(world.grants()).toBe(3);
  });

  it('keeps what it has counted when an IP goes, and forgets it when the target does', () => {
    const world = createRotationWorld();
    world.configure({ ...settings, ips: [{ address: 'http://a:1', provider: 'p' }] }, false);
    world.ask(any);
    world.configure({ ...settings, ips: [{ address: 'http://b:1', provider: 'p' }] }, false);
    world.report(1, { outcome: 'success', sentAgoMs: 0, latencyMs: 7 });
    world.advance(1_000);
    world.die();
    expect(world.metrics()).toMatchObject({ outcomes: { success: 1 }, latencySumMs: 7, latencyCount: 1 });
    world.remove(false);
    world.configure({ ...settings, ips: [] }, false);
    expect(world.metrics()).toMatchObject({ outcomes: { success: 0 }, latencyCount: 0, lastRequestAtMs: null });
  });
});
