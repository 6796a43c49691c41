/** The usual runs are the same each time, so that a commit is judged alike wherever it is tested; other seeds draw others. */
const USUAL_SEED = 1_336_807_246;

/**
 * A run that fails prints its seed and path; with `<name>_SEED` and `<name>_PATH` in the environment it comes again. The
 * first number of the path is the run; the rest is how it was shrunk, which is done anew: of commands a path alone
 * doesn't say it.
 */
export function runOptions(name: string, usualRuns: number) {
  const seed = process.env[`${name}_SEED`];
  const path = process.env[`${name}_PATH`]?.split(':')[0];
  const numRuns = path === undefined ? Number(process.env[`${name}_RUNS`] ?? usualRuns) : 1;
  return {
    isReplay: path !== undefined,
    replayPath: process.env[`${name}_REPLAY_PATH`] ?? null,
    parameters: {
      numRuns,
      seed: Number(seed ?? USUAL_SEED),
      ...(path === undefined ? {} : { path }),
    },
  };
}
