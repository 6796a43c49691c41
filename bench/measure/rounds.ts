import { setTimeout as delay } from 'node:timers/promises';

/** Lets what the round before left to do (alarms, closing sockets) be done. */
const PAUSE_MS = 100;

/**
 * Runs floor and product in turn, so many times, and once before without counting. Each round begins with the other one:
 * what slows the machine down for a while slows both.
 */
export async function interleaved<Floor, Product>(
  rounds: number,
  floor: () => Promise<Floor>,
  product: () => Promise<Product>,
  report: (round: number, floor: Floor, product: Product) => void,
): Promise<{ floor: Floor; product: Product }[]> {
  const results: { floor: Floor; product: Product }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const isFloorFirst = round % 2 === 0;
    const first = isFloorFirst ? await floor() : null;
    await delay(PAUSE_MS);
    const productResult = await product();
    await delay(PAUSE_MS);
    const floorResult = first ?? (await floor());
    if (round === 0) continue;
    report(round, floorResult, productResult);
    results.push({ floor: floorResult, product: productResult });
  }
  return results;
}

/** Does something so many times, so many at once; the results in order of the count. */
export async function inParallel<Result>(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
  return results;
}

/** How long something takes, in milliseconds of the clock. */
export async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}
