import { claimPort } from '../../dev/start/ports.ts';
import { type RowCounts, sumRows } from '../../test/support/metered-database.ts';
import { type Host, type HostedPart, startHost } from '../host/host.ts';
import { acquire, createPools, fillPool, poolName, registerAccount, release } from '../host/inventory.ts';
import { median, medians } from '../measure/figures.ts';
import { heapMib } from '../measure/heap.ts';
import { residentMib } from '../measure/process-figures.ts';
import { elapsedMs } from '../measure/rounds.ts';
import type { MeterReading } from '../metered/metered.worker.ts';
import type { BenchRow, BenchScale, Scenario } from '../scenario.types.ts';

const SMALL_BOOK = 1_000;
const LARGE_BOOK = 100_000;
const SMALL_POOL = 1;
const LARGE_POOL = 2;
/** Acquires of each round from each book, one after the other. */
const ACQUIRES = 200;

/** What callers ask for, in turn. */
const FILTERS: readonly Record<string, unknown>[] = [
  {},
  { country: 'US' },
  { protocol: 'socks5', min_score: 0.5 },
  { protocol: 'http', country: 'DE', anonymity: 'elite' },
];

const filtersOf = (index: number) => FILTERS[index % FILTERS.length] ?? {};

/** Acquires from both books in turn, each lease given back at once; the medians. */
async function timeBooks(product: HostedPart, key: string, acquires: number) {
  const smallMs: number[] = [];
  const largeMs: number[] = [];
  for (let index = 0; index < acquires; index += 1) {
    for (const [poolNumber, times] of [
      [SMALL_POOL, smallMs],
      [LARGE_POOL, largeMs],
    ] as const) {
      const wish = { ...filtersOf(index), pool: poolName(poolNumber) };
      const startedAtMs = performance.now();
      const lease = await acquire(product, key, wish);
      times.push(performance.now() - startedAtMs);
      await release(product, key, lease);
    }
  }
  return { smallMs: median(smallMs), largeMs: median(largeMs) };
}

async function compareBooks({ rounds, size }: BenchScale, progress: (line: string) => void): Promise<BenchRow[]> {
  const host = await startHost({ workers: ['product'] });
  try {
    const large = Math.ceil(LARGE_BOOK * size);
    await createPools(host, 'product', [SMALL_POOL, LARGE_POOL]);
    await fillPool(host, 'product', { count: SMALL_BOOK, poolNumber: SMALL_POOL, addressBlock: 0, firstRevision: 1 });
    const fillMs = await elapsedMs(() =>
      fillPool(host, 'product', { count: large, poolNumber: LARGE_POOL, addressBlock: 10, firstRevision: 10_000 }),
    );
    progress(`a book pulled ${large} proxies in ${(fillMs / 1_000).toFixed(1)} s`);
    const product = host.part('product');
    const key = await registerAccount(product);
    const timed: { ratio: number; smallMs: number; largeMs: number }[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const { smallMs, largeMs } = await timeBooks(product, key, Math.ceil(ACQUIRES * size));
      if (round === 0) continue;
      timed.push({ ratio: largeMs / smallMs, smallMs, largeMs });
      progress(`round ${round} of ${rounds}: small ${smallMs.toFixed(2)} ms, large ${largeMs.toFixed(2)} ms`);
    }
    const { ratio, smallMs, largeMs } = medians(timed);
    return [
      {
        what: `an acquire with ${large} proxies in the book: median, of that with ${SMALL_BOOK}`,
        value: ratio,
        unit: '×',
        target: { atMost: 1.3 },
        detail: `${smallMs.toFixed(2)} ms and ${largeMs.toFixed(2)} ms`,
      },
    ];
  } finally {
    await host.stop();
  }
}

/** What an isolate holds once its garbage is gone. */
async function heapAfterCollection(host: Host, inspectorPort: number): Promise<number> {
  await host.part('metered').call('GET', '/meter/collect-garbage');
  return heapMib(inspectorPort, 'metered');
}

/** What each of some acquires read and wrote: the middle one, and the mean, which has the alarms that few of them set. */
async function countRows(metered: HostedPart, key: string, acquires: number) {
  const leases = [];
  const rows: RowCounts[] = [];
  await metered.call<MeterReading>('GET', '/meter/take');
  for (let index = 0; index < acquires; index += 1) {
    leases.push(await acquire(metered, key, { ...filtersOf(index), pool: poolName(LARGE_POOL) }));
    const { book, ledger, database } = await metered.call<MeterReading>('GET', '/meter/take');
    rows.push(sumRows([book, ledger, database]));
  }
  for (const lease of leases) await release(metered, key, lease);
  const sum = sumRows(rows);
  return {
    median: medians(rows.map((row) => ({ ...row }))),
    mean: { read: sum.read / acquires, written: sum.written / acquires },
  };
}

async function weighBook({ size }: BenchScale, progress: (line: string) => void): Promise<BenchRow[]> {
  const inspectorPort = await claimPort(0);
  const host = await startHost({ workers: ['metered'], inspectorPort, v8Flags: '--expose-gc' });
  try {
    const metered = host.part('metered');
    const key = await registerAccount(metered);
    await createPools(host, 'metered', [SMALL_POOL, LARGE_POOL]);
    // Everything is loaded and warm before the first weighing, the book's own code too.
    await fillPool(host, 'metered', { count: 10, poolNumber: SMALL_POOL, addressBlock: 0, firstRevision: 1 });
    await release(metered, key, await acquire(metered, key, { pool: poolName(SMALL_POOL) }));
    await metered.call('GET', '/meter/take');
    const before = { heap: await heapAfterCollection(host, inspectorPort), rss: await residentMib(host.workerdPid) };
    const count = Math.ceil(LARGE_BOOK * size);
    await fillPool(host, 'metered', { count, poolNumber: LARGE_POOL, addressBlock: 10, firstRevision: 10_000 });
    await metered.call('GET', '/meter/take');
    const heap = (await heapAfterCollection(host, inspectorPort)) - before.heap;
    const rss = (await residentMib(host.workerdPid)) - before.rss;
    progress(`${count} proxies in a book: ${heap.toFixed(1)} MiB of heap`);
    const rows = await countRows(metered, key, Math.ceil(ACQUIRES * size));
    return [
      {
        what: 'rows read an acquire, book, ledger and database',
        value: rows.median.read,
        unit: 'rows',
        target: { atMost: 5 },
        detail: `mean ${rows.mean.read.toFixed(2)}`,
      },
      {
        what: 'rows written an acquire',
        value: rows.median.written,
        unit: 'rows',
        target: { atMost: 2 },
        detail: `mean ${rows.mean.written.toFixed(2)}; an alarm that is set counts as a row`,
      },
      {
        what: `memory of a book with ${count} proxies`,
        value: heap,
        unit: 'MiB',
        target: { atMost: 64 },
        detail: `heap after a collection, less that before; all of workerd grew by ${rss.toFixed(0)} MiB, databases and garbage included`,
      },
    ];
  } finally {
    await host.stop();
  }
}

/** How a book bears many proxies. */
export const bookScenario: Scenario = {
  name: 'book',
  describe: 'acquires from a book of 100,000 proxies: time, rows, memory',
  run: async (scale, progress) => [...(await compareBooks(scale, progress)), ...(await weighBook(scale, progress))],
};
