/** A run that fails prints its seed and path; with `<name>_SEED` and `<name>_PATH` in the environment it comes again. */
export function runOptions(name: string, usualRuns: number) {
  const seed = process.env[`${name}_SEED`];
  const path = process.env[`${name}_PATH`];
  const numRuns = Number(process.env[`${name}_RUNS`] ?? usualRuns);
  return {
    isReplay: path !== undefined,
    parameters: {
      numRuns,
      seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seed),
      ...(path === undefined ? {} : { path, endOnFailure: true }),
    },
  };
}
