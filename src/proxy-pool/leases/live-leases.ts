import type { PoolsService } from '../pools/pools.service.ts';
import type { LeaseBookClient } from './lease-book.client.ts';

/** Books asked at once: the platform's six connections of an invocation. */
const MAX_PARALLEL_BOOKS = 6;

/** How many leases are live in all pools; books are asked until `enough` are found. */
export async function countLiveLeases(
  pools: PoolsService,
  bookOf: (poolNumber: number) => LeaseBookClient,
  enough: number,
): Promise<number> {
  const numbers = (await pools.listPools()).map(({ number }) => number);
  let live = 0;
  for (let start = 0; start < numbers.length && live < enough; start += MAX_PARALLEL_BOOKS) {
    const books = numbers.slice(start, start + MAX_PARALLEL_BOOKS).map(bookOf);
    const stats = await Promise.all(books.map((book) => book.stats()));
    live += stats.reduce((sum, { liveLeases }) => sum + liveLeases, 0);
  }
  return live;
}
