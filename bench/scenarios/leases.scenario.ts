import { type Host, type HostedPart, MAX_CONNECTIONS, startHost } from '../host/host.ts';
import { acquire, fillPool, type Lease, registerAccount, release } from '../host/inventory.ts';
import { median, medians } from '../measure/figures.ts';
import { processorMs } from '../measure/process-figures.ts';
import { elapsedMs, inParallel, interleaved } from '../measure/rounds.ts';
import type { BenchRow, Scenario } from '../scenario.types.ts';

const PROXIES = 2_000;
const ACQUIRES = 500;
/** Requests one after the other, of each kind and round. */
const UNLOADED_REQUESTS = 100;

interface Load {
  perSecond: number;
  processorMsPerRequest: number;
}

async function underLoad(host: Host, requests: number, work: () => Promise<unknown>): Promise<Load> {
  const processorBefore = await processorMs(host.workerdPid);
  const tookMs = await elapsedMs(work);
  const usedMs = (await processorMs(host.workerdPid)) - processorBefore;
  return { perSecond: (requests / tookMs) * 1_000, processorMsPerRequest: usedMs / requests };
}

/** Times floor, acquire and release in turn, one request at a time. */
async function unloaded(floor: HostedPart, product: HostedPart, key: string, requests: number) {
  const times = { floorMs: [] as number[], acquireMs: [] as number[], releaseMs: [] as number[] };
  for (let request = 0; request < requests; request += 1) {
    times.floorMs.push(await elapsedMs(() => floor.call('POST', '/take', { json: {} })));
    let lease: Lease | null = null;
    times.acquireMs.push(
      await elapsedMs(async () => {
        lease = await acquire(product, key);
      }),
    );
    if (lease === null) throw new Error('no lease');
    const held: Lease = lease;
    times.releaseMs.push(await elapsedMs(() => release(product, key, held)));
  }
  return { floorMs: median(times.floorMs), acquireMs: median(times.acquireMs), releaseMs: median(times.releaseMs) };
}

function createLoads(host: Host, key: string, acquires: number) {
  const [floor, product] = [host.part('floor'), host.part('product')];
  let doubles = 0;
  const leaseAll = async () => {
    const leases = await inParallel(acquires, MAX_CONNECTIONS, () => acquire(product, key));
    doubles += leases.length - new Set(leases.map(({ proxy }) => proxy.id)).size;
    await inParallel(acquires, MAX_CONNECTIONS, (index) => {
      const lease = leases[index];
      if (!lease) throw new Error('an acquire is missing');
      return release(product, key, lease);
    });
  };
  const takeAll = () => inParallel(2 * acquires, MAX_CONNECTIONS, () => floor.call('POST', '/take', { json: {} }));
  return {
    floor: () => underLoad(host, 2 * acquires, takeAll),
    product: () => underLoad(host, 2 * acquires, leaseAll),
    doubles: () => doubles,
  };
}

async function measure(host: Host, rounds: number, size: number, progress: (line: string) => void) {
  const [floor, product] = [host.part('floor'), host.part('product')];
  const key = await registerAccount(product);
  const loads = createLoads(host, key, Math.ceil(ACQUIRES * size));
  const loaded = await interleaved(rounds, loads.floor, loads.product, (round, floorLoad, productLoad) => {
    const rates = `floor ${floorLoad.perSecond.toFixed(0)}/s, product ${productLoad.perSecond.toFixed(0)}/s`;
    progress(`round ${round} of ${rounds}: ${rates}`);
  });
  const latencies: Awaited<ReturnType<typeof unloaded>>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    latencies.push(await unloaded(floor, product, key, Math.ceil(UNLOADED_REQUESTS * size)));
  }
  return { loaded, latency: medians(latencies), doubles: loads.doubles() };
}

function rowsOf({ loaded, latency, doubles }: Awaited<ReturnType<typeof measure>>, acquires: number): BenchRow[] {
  const ratio = medians(
    loaded.map(({ floor, product }) => ({
      rate: (100 * product.perSecond) / floor.perSecond,
      processor: product.processorMsPerRequest / floor.processorMsPerRequest,
    })),
  );
  const floor = medians(loaded.map((round) => ({ ...round.floor })));
  const product = medians(loaded.map((round) => ({ ...round.product })));
  return [
    {
      what: `acquire and release, ${MAX_CONNECTIONS} at once: requests a second, of the floor's`,
      value: ratio.rate,
      unit: '%',
      target: { atLeast: 60 },
      detail: `floor ${floor.perSecond.toFixed(0)}/s, product ${product.perSecond.toFixed(0)}/s`,
    },
    {
      what: "their processor time a request, of the floor's",
      value: ratio.processor,
      unit: '×',
      target: { atMost: 1.7 },
      detail: `floor ${floor.processorMsPerRequest.toFixed(2)} ms, product ${product.processorMsPerRequest.toFixed(2)} ms`,
    },
    {
      what: "an acquire alone: median, of the floor's",
      value: latency.acquireMs / latency.floorMs,
      unit: '×',
      target: { atMost: 2 },
      detail: `floor ${latency.floorMs.toFixed(2)} ms, acquire ${latency.acquireMs.toFixed(2)} ms, release ${latency.releaseMs.toFixed(2)} ms`,
    },
    {
      what: `${acquires} acquires, ${MAX_CONNECTIONS} at once: proxies handed out twice, all rounds`,
      value: doubles,
      unit: 'proxies',
      target: { atMost: 0 },
      detail: '',
    },
  ];
}

/** Acquire and release through the whole Worker, beside the least that could be asked of one. */
export const leasesScenario: Scenario = {
  name: 'leases',
  describe: 'acquire and release beside a bare route with two object calls',
  async run({ rounds, size }, progress) {
    const host = await startHost({ workers: ['product', 'floor'] });
    try {
      await fillPool(host, 'product', { count: PROXIES, poolNumber: 0, addressBlock: 0, firstRevision: 1 });
      return rowsOf(await measure(host, rounds, size, progress), Math.ceil(ACQUIRES * size));
    } finally {
      await host.stop();
    }
  },
};
