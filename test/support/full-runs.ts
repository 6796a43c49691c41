/** `FULL_RUNS=1 npm test -- FILE` runs as often as the project promises; without it a share of that, for every commit. */
export function runs(counts: { usual: number; full: number }): number {
  return process.env.FULL_RUNS === '1' ? counts.full : counts.usual;
}
