import { MAX_PATTERN_STEPS } from '../../src/platform/pattern.ts';
import { type HostileMatch, hostileMatches, hostileTemplates } from '../../test/support/hostile-patterns.ts';
import { median } from '../measure/figures.ts';
import { interleaved } from '../measure/rounds.ts';
import type { Scenario } from '../scenario.types.ts';

/** What nobody may make a Worker spend on one text. */
const MAX_MATCH_MS = 50;
interface Slowest {
  ms: number;
  what: string;
}

function slowestOf(template: string, { pattern, text }: HostileMatch): Slowest {
  const timed = (['isFoundIn', 'startIn'] as const).map((method) => {
    const startedAtMs = performance.now();
    pattern[method](text);
    return { ms: performance.now() - startedAtMs, what: `${method} of ${template}, ${text.length} characters` };
  });
  return timed.reduce((slowest, one) => (one.ms > slowest.ms ? one : slowest));
}

/** The least that following so many instructions can cost: each is read, and what it says decides which is next. */
function bareLoopMs(): number {
  const instructions = Int32Array.from({ length: 64 }, (_, index) => (index * 37 + 11) % 64);
  const startedAtMs = performance.now();
  let at = 0;
  for (let step = 0; step < MAX_PATTERN_STEPS; step += 1) at = instructions[at] ?? 0;
  const ms = performance.now() - startedAtMs;
  if (at < 0) throw new Error('there is no such instruction');
  return ms;
}

/** The costliest of the patterns that are taken, on the longest text that each is tried on. */
export const patternsScenario: Scenario = {
  name: 'patterns',
  describe: 'hostile patterns on the longest texts that they are tried on, beside a bare loop of as many steps',
  async run({ rounds }, progress) {
    const matches = hostileTemplates.flatMap((template) =>
      hostileMatches(template).map((match) => ({ template, match })),
    );
    const results = await interleaved(
      rounds,
      async () => bareLoopMs(),
      async () =>
        matches
          .map(({ template, match }) => slowestOf(template, match))
          .reduce((slowest, one) => (one.ms > slowest.ms ? one : slowest)),
      (round, floorMs, { ms, what }) =>
        progress(`round ${round}: ${ms.toFixed(1)} ms for ${what}; ${floorMs.toFixed(2)} ms for a bare loop`),
    );
    const slowestMs = median(results.map(({ product }) => product.ms));
    const floorMs = median(results.map(({ floor }) => floor));
    const detail = `${matches.length} matches; ${results.at(-1)?.product.what ?? ''}`;
    return [
      { what: 'the costliest pattern', value: slowestMs, unit: 'ms', target: { atMost: MAX_MATCH_MS }, detail },
      {
        what: '… beside a bare loop of as many steps',
        value: slowestMs / floorMs,
        unit: '×',
        target: null,
        detail: `${MAX_PATTERN_STEPS} steps in ${floorMs.toFixed(2)} ms`,
      },
    ];
  },
};
