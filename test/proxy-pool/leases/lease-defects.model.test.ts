import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaseCommands } from './simulation/commands.ts';
import { defects } from './simulation/defects.ts';
import { loadDefective } from './simulation/heart.ts';
import { runOptions } from './simulation/replay.ts';
import { createWorld } from './simulation/world.ts';

const MAX_COMMANDS = 100;
/** Far more than any of them has needed: most show within ten runs, the rarest within some hundred. */
const MAX_RUNS = 20_000;

test.each(defects)('it is noticed when $name', { timeout: 600_000 }, async (defect) => {
  const { changed, directory } = await loadDefective(defect);
  try {
    const property = fc.asyncProperty(leaseCommands(MAX_COMMANDS), async (commands) => {
      const world = createWorld(changed);
      await fc.asyncModelRun(() => ({ model: { count: 0 }, real: world }), commands);
      await world.finish();
    });
    const { seed, failed, numRuns, errorInstance } = await fc.check(property, {
      ...runOptions('LEASE_DEFECT', MAX_RUNS).parameters,
      endOnFailure: true,
    });
    expect(failed, `${numRuns} runs of seed ${seed} saw nothing`).toBe(true);
    console.info(`run ${numRuns} of seed ${seed}: ${errorInstance}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
