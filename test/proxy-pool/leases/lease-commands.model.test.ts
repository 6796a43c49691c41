import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaseCommands } from './simulation/commands.ts';
import { alikeProxy } from './simulation/crash-scenario.ts';
import { heart } from './simulation/heart.ts';
import { runOptions } from './simulation/replay.ts';
import { createWorld } from './simulation/world.ts';

/** A bit more than half of the longest, 50 at least, is what a run has on average. */
const MAX_COMMANDS = 110;
const RUNS = 3_000;
const COMMANDS_IN_ALL = 150_000;

test('leases and credits stay right whatever happens, in whatever order', { timeout: 600_000 }, async () => {
  const options = runOptions('LEASE', RUNS);
  const model = { count: 0 };
  let runs = 0;
  // Runs differ in length: more are added until there are enough commands, too.
  for (let round = 0; round === 0 || (model.count < COMMANDS_IN_ALL && !options.isReplay); round += 1) {
    const property = fc.asyncProperty(leaseCommands(MAX_COMMANDS, options.replayPath), async (commands) => {
      const world = createWorld(heart);
      runs += 1;
      await fc.asyncModelRun(() => ({ model, real: world }), commands);
      await world.finish();
    });
    await fc.assert(property, { ...options.parameters, seed: options.parameters.seed + round });
  }
  console.info(`${runs} runs, ${model.count} commands, seed ${options.parameters.seed}`);
  expect(options.isReplay || (runs >= RUNS && model.count >= COMMANDS_IN_ALL)).toBe(true);
});

test('who waited and can not pay leaves the proxies in the order in which they were given', async () => {
  const world = createWorld(heart);
  const acquire = (accountId: string, leaseDurationMs: number, waitMs: number) =>
    world.acquire({
      accountId,
      apiKeyId: `${accountId}:key`,
      filters: { protocol: null, country: null, anonymity: null, minScore: null },
      leaseDurationMs,
      waitMs,
      maxLiveLeases: 100,
      idempotency: null,
      waiterId: null,
    });
  world.grant('account-b', 2);
  world.news(alikeProxy(0), true);
  await acquire('account-b', 5 * 60_000, 0);
  world.news(alikeProxy(1), true);
  await acquire('account-b', 60_000, 0);
  const waiting = [acquire('account-a', 60_000, 60_000), acquire('account-a', 60_000, 60_000)];
  // The one that was leased last comes free first; both are offered in one go, and refused.
  world.advance(6 * 60_000);
  await world.check();
  expect(await Promise.all(waiting)).toEqual(
    waiting.map(() => expect.objectContaining({ code: 'INSUFFICIENT_CREDITS' })),
  );
  world.grant('account-a', 1);
  expect(await acquire('account-a', 60_000, 0)).toMatchObject({ lease: { proxy: { id: 'proxy-0' } } });
  await world.check();
});
