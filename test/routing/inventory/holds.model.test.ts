import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runOptions } from '../../proxy-pool/leases/simulation/replay.ts';
import { createHoldsWorld, type HoldsWorld, POOLS, PROVIDERS, PROXIES } from './simulation/world.ts';

const RUNS = 2_000;

interface Seen {
  world: HoldsWorld;
  /** A snapshot that some isolate has kept. */
  kept: ReturnType<HoldsWorld['snapshot']>;
  leases: number;
  forwards: number;
}

type Step = (seen: Seen) => Promise<void> | void;

const proxyId = fc.constantFrom(...PROXIES);
const name = fc.constantFrom(...PROVIDERS);
const poolNumber = fc.constantFrom(...POOLS);

/** One thing that happens, with its name for a run that fails. */
const named = (arbitrary: fc.Arbitrary<Step>, label: string) => arbitrary.map((run) => Object.assign(run, { label }));

const goOn = named(
  fc.array(fc.nat(5), { minLength: 1, maxLength: 30 }).map(
    (which): Step =>
      async ({ world }) => {
        for (const one of which) {
          await world.goOn(one);
          world.check();
        }
      },
  ),
  'goOn',
);

/** Begins with calls of others under way, and ends before any of them goes on. */
const followToTheEnd = named(
  fc.constant<Step>(({ world }) => world.settle(world.startFollower([]))),
  'followToTheEnd',
);

const others = [
  followToTheEnd,
  followToTheEnd,
  named(
    fc
      .array(fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'before' as const, 'after' as const), {
        maxLength: 14,
      })
      .map(
        (deaths): Step =>
          ({ world }) =>
            void world.startFollower(deaths),
      ),
    'follow',
  ),
  named(
    fc.tuple(name, fc.constantFrom(null, 0, 1, 2, 2, 3)).map(
      ([one, count]): Step =>
        ({ world }) =>
          world.provide(one, count),
    ),
    'provide',
  ),
  named(
    fc.tuple(proxyId, fc.constantFrom(true, true, false)).map(
      ([one, isGood]): Step =>
        ({ world }) =>
          world.good(one, isGood),
    ),
    'news',
  ),
  named(
    poolNumber.map(
      (one): Step =>
        (seen) => {
          seen.leases += Number(seen.world.lease(one));
        },
    ),
    'lease',
  ),
  named(
    fc.constant<Step>(({ world }) => world.leasesEnd()),
    'leasesEnd',
  ),
  named(
    poolNumber.map(
      (one): Step =>
        ({ world }) =>
          world.bookDies(one),
    ),
    'bookDies',
  ),
  named(
    name.map(
      (one): Step =>
        ({ world }) =>
          world.rotorHears(one),
    ),
    'rotorHears',
  ),
  named(
    fc.tuple(name, fc.boolean()).map(
      ([one, isOld]): Step =>
        (seen) => {
          const known = isOld ? seen.kept : seen.world.snapshot();
          seen.forwards += Number(seen.world.forward(one, known) !== null);
          seen.kept = seen.world.snapshot();
        },
    ),
    'forward',
  ),
  named(
    name.map(
      (one): Step =>
        ({ world }) =>
          world.answered(one),
    ),
    'answered',
  ),
];

/** Everyone finishes, and all is told: then one run more has everything right. */
async function expectAllInStep(world: HoldsWorld): Promise<void> {
  await world.settleAll();
  world.leasesEnd();
  for (let round = 0; round < 2; round += 1) {
    for (const one of PROVIDERS) world.rotorHears(one);
    for (const one of PROVIDERS) for (let turn = 0; turn < 9; turn += 1) world.answered(one);
    world.startFollower([]);
    await world.settleAll();
    world.check();
  }
  const { members, held, holds } = world.final();
  expect(held).toEqual(members);
  expect(holds).toEqual(members);
  expect(members).toHaveLength(Math.min(world.wantedCount(), world.goodCount()));
}

it('a proxy is leased or routed over, never both, whoever dies wherever; and at the end all is in step', async () => {
  const reached = { leases: 0, forwards: 0, members: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(goOn, goOn, goOn, ...others), { minLength: 20, maxLength: 120 }),
      async (steps) => {
        const world = createHoldsWorld();
        for (const one of PROXIES) world.good(one, true);
        world.provide('a', 2);
        world.startFollower([]);
        await world.settleAll();
        world.rotorHears('a');
        const seen: Seen = { world, kept: world.snapshot(), leases: 0, forwards: 0 };
        for (const step of steps) {
          await step(seen);
          world.check();
        }
        await expectAllInStep(world);
        reached.members += world.final().members.length;
        reached.leases += seen.leases;
        reached.forwards += seen.forwards;
      },
    ),
    runOptions('HOLDS', RUNS).parameters,
  );
  // It means something only if all of it happens.
  expect(Math.min(...Object.values(reached))).toBeGreaterThan(RUNS / 4);
});

/** What providers want while there are two good proxies; the target of one sends a request through its own whenever it can. */
const turns = {
  async join(world: HoldsWorld) {
    world.provide('a', 1);
    await world.settle(world.startFollower([]));
    world.rotorHears('a');
    world.forward('a', world.snapshot());
  },
  part(world: HoldsWorld) {
    world.provide('a', 0);
    world.rotorHears('a');
    world.answered('a');
  },
  partInTheMiddle(world: HoldsWorld) {
    world.provide('a', 0);
    world.rotorHears('a');
  },
  otherWants: (world: HoldsWorld) => world.provide('b', 1),
};
type Turn = keyof typeof turns;
const MEANWHILE: Turn[] = ['join', 'part', 'partInTheMiddle'];
const GOOD = PROXIES.filter((_, index) => index < 2);

describe('a follower that was held up at any of its calls does no harm with what it knew then', () => {
  const befores: Turn[][] = [[], ['otherWants'], ['join'], ['join', 'part'], ['join', 'partInTheMiddle']];
  const pairs = MEANWHILE.flatMap((first) => MEANWHILE.map((second) => [first, second]));
  const meanwhiles = [...MEANWHILE.map((one) => [one]), ...pairs];

  /** False when it makes fewer calls. */
  async function holdUp(before: readonly Turn[], halfCalls: number, meanwhile: readonly Turn[]): Promise<boolean> {
    const world = createHoldsWorld();
    for (const one of GOOD) world.good(one, true);
    for (const turn of before) await turns[turn](world);
    const late = world.startFollower([]);
    for (let call = 0; call < halfCalls; call += 1) await world.goOn(0);
    if (!world.isUnderWay(late)) return false;
    for (const turn of meanwhile) await turns[turn](world);
    await world.settle(late);
    for (let round = 0; round < 2; round += 1) {
      world.check();
      for (const _ of GOOD) world.lease(POOLS[0]);
      world.check();
      await world.settle(world.startFollower([]));
    }
    await expectAllInStep(world);
    return true;
  }

  it.each(befores.map((before) => ({ before, name: before.join(', ') || 'nothing' })))(
    'begun after: $name',
    async ({ before }) => {
      for (const meanwhile of meanwhiles) {
        let halfCalls = 0;
        while (await holdUp(before, halfCalls, meanwhile)) halfCalls += 1;
        expect(halfCalls).toBeGreaterThan(5);
      }
    },
  );
});
