import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { testBindings } from '../../test/support/bindings.ts';
import { type Host, type HostedPart, MAX_CONNECTIONS, startHost } from '../host/host.ts';
import { median, medians } from '../measure/figures.ts';
import { processorMs, residentMib } from '../measure/process-figures.ts';
import { elapsedMs, inParallel, interleaved } from '../measure/rounds.ts';
import { startPeers } from '../peers/peer-process.ts';
import type { BenchRow, BenchScale, Scenario } from '../scenario.types.ts';

const CALLS = 1_000;
/** One after the other, of floor and product in turn. */
const UNLOADED_CALLS = 200;
const STREAMED_BYTES = 1_024 * 1_024 * 1_024;
const PIECE = Buffer.alloc(64 * 1_024, 'x');
/** How often memory is looked at while a stream passes. */
const SAMPLE_MS = 20;

const caller = { token: 'what-callers-show' };
const region = 'us-east-1';

type Way = (path: string) => { url: string; headers: Record<string, string> };

/** A gateway proxy to a target, made as any client makes one. */
export async function createProxy(product: HostedPart, targetUrl: string): Promise<Way> {
  const key = testBindings.ADMIN_API_KEY;
  const { client_id: clientId } = await product.call<{ client_id: string }>('GET', '/account', { key });
  const create = async (plural: string, json: object): Promise<string> => {
    const answer = await product.call<Record<string, { sKey: string }[]>>(
      'POST',
      `/api/clients/${clientId}/${plural}`,
      {
        key,
        json,
      },
    );
    return answer[plural]?.[0]?.sKey ?? '';
  };
  const credential = { credentialRegion: region, credentialAuthType: 'bearer' };
  const proxyId = await create('proxies', {
    proxyName: 'bench',
    proxyRegion: region,
    proxyProxyCredentialId: await create('credentials', {
      ...credential,
      credentialName: 'caller',
      credentialType: 'proxy',
      credentialSecret: caller,
    }),
    proxyTargetId: await create('targets', { targetName: 'bench', targetRegion: region, targetBaseURL: targetUrl }),
    proxyTargetCredentialId: await create('credentials', {
      ...credential,
      credentialName: 'vault',
      credentialType: 'target',
      credentialSecret: { token: 'what-the-target-wants' },
    }),
  });
  const headers = { authorization: `Bearer ${caller.token}` };
  return (path) => ({ url: `${product.url}/api/${proxyId}${path}`, headers });
}

/** A streamed request; how many bytes its answer had. Nothing of either is kept. */
async function stream(way: Way, path: string, sentBytes: number): Promise<number> {
  const { url, headers } = way(path);
  const outgoing = request(url, {
    method: sentBytes > 0 ? 'POST' : 'GET',
    headers: sentBytes > 0 ? { ...headers, 'content-length': sentBytes } : headers,
  });
  const pieces = function* () {
    for (let left = sentBytes; left > 0; left -= PIECE.byteLength) yield PIECE.subarray(0, left);
  };
  Readable.from(pieces(), { objectMode: false }).pipe(outgoing);
  const [answer] = await once(outgoing, 'response');
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
  let bytes = 0;
  answer.on('data', (piece: Buffer) => {
    bytes += piece.byteLength;
  });
  await finished(answer);
  return bytes;
}

/** By how much the memory of workerd grows while a stream passes, at most, in MiB. */
async function growthMib(host: Host, work: () => Promise<unknown>): Promise<number> {
  const before = await residentMib(host.workerdPid);
  let isOver = false;
  let most = before;
  const sampling = (async () => {
    while (!isOver) {
      most = Math.max(most, await residentMib(host.workerdPid));
      await delay(SAMPLE_MS);
    }
  })();
  await work();
  isOver = true;
  await sampling;
  return most - before;
}

async function measureMemory(
  host: Host,
  way: Way,
  size: number,
  progress: (line: string) => void,
): Promise<BenchRow[]> {
  const bytes = Math.ceil(STREAMED_BYTES * size);
  const directions = [
    ['down', () => stream(way, `/bytes/${bytes}`, 0)],
    ['up', () => stream(way, '/sink', bytes)],
  ] as const;
  const rows: BenchRow[] = [];
  for (const [direction, work] of directions) {
    // What a first stream needs at all is there before.
    await stream(way, direction === 'down' ? '/bytes/16777216' : '/sink', direction === 'down' ? 0 : 16_777_216);
    const value = await growthMib(host, work);
    progress(`${bytes} bytes ${direction}: ${value.toFixed(1)} MiB more`);
    rows.push({
      what: `memory that workerd takes more while ${bytes >> 20} MiB stream ${direction} through one call`,
      value,
      unit: 'MiB',
      target: { atMost: 16 },
      detail: '',
    });
  }
  return rows;
}

interface Load {
  perSecond: number;
  processorMsPerCall: number;
}

/** Calls as fast as they are answered, so many at once. */
async function load(host: Host, count: number, ask: () => Promise<unknown>): Promise<Load> {
  const processorBefore = await processorMs(host.workerdPid);
  const tookMs = await elapsedMs(() => inParallel(count, MAX_CONNECTIONS, ask));
  const usedMs = (await processorMs(host.workerdPid)) - processorBefore;
  return { perSecond: (1_000 * count) / tookMs, processorMsPerCall: usedMs / count };
}

/** Medians of calls one after the other, floor and product in turn, in milliseconds. */
async function unloaded(count: number, floor: () => Promise<unknown>, product: () => Promise<unknown>) {
  const [floorMs, productMs]: number[][] = [[], []];
  for (let call = 0; call < count; call += 1) {
    floorMs?.push(await elapsedMs(floor));
    productMs?.push(await elapsedMs(product));
  }
  return { floorMs: median(floorMs ?? []), productMs: median(productMs ?? []) };
}

async function measure(host: Host, targetUrl: string, { rounds, size }: BenchScale, progress: (line: string) => void) {
  const [floor, product] = [host.part('floor'), host.part('product')];
  const way = await createProxy(product, targetUrl);
  const askFloor = () => floor.text(`/pass?url=${targetUrl}/kib`);
  const { url, headers } = way('/kib');
  const askProduct = () => product.text(url.slice(product.url.length), headers);
  const count = Math.ceil(CALLS * size);
  const loaded = await interleaved(
    rounds,
    () => load(host, count, askFloor),
    () => load(host, count, askProduct),
    (round, ofFloor, ofProduct) => {
      const rates = `floor ${ofFloor.perSecond.toFixed(0)}/s, product ${ofProduct.perSecond.toFixed(0)}/s`;
      progress(`round ${round} of ${rounds}: ${rates}`);
    },
  );
  const latencies: { floorMs: number; productMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    latencies.push(await unloaded(Math.ceil(UNLOADED_CALLS * size), askFloor, askProduct));
  }
  const memory = await measureMemory(host, way, size, progress);
  return { loaded, latency: medians(latencies), memory };
}

function rowsOf({ loaded, latency, memory }: Awaited<ReturnType<typeof measure>>): BenchRow[] {
  const ratio = medians(
    loaded.map(({ floor, product }) => ({
      rate: (100 * product.perSecond) / floor.perSecond,
      processor: product.processorMsPerCall / floor.processorMsPerCall,
    })),
  );
  const floor = medians(loaded.map((round) => ({ ...round.floor })));
  const product = medians(loaded.map((round) => ({ ...round.product })));
  return [
    {
      what: `calls of an API that answers 1 KiB, ${MAX_CONNECTIONS} at once: a second, of a bare pass-through's`,
      value: ratio.rate,
      unit: '%',
      target: { atLeast: 50 },
      detail: `floor ${floor.perSecond.toFixed(0)}/s, product ${product.perSecond.toFixed(0)}/s`,
    },
    {
      what: "their processor time a call, of the bare pass-through's",
      value: ratio.processor,
      unit: '×',
      target: null,
      detail: `floor ${floor.processorMsPerCall.toFixed(2)} ms, product ${product.processorMsPerCall.toFixed(2)} ms`,
    },
    {
      what: 'a call alone: median, beyond that of a bare pass-through',
      value: latency.productMs - latency.floorMs,
      unit: 'ms',
      target: { atMost: 3 },
      detail: `floor ${latency.floorMs.toFixed(2)} ms, product ${latency.productMs.toFixed(2)} ms`,
    },
    ...memory,
  ];
}

/** Calls through the gateway, beside a Worker that passes a request on and nothing else. */
export const gatewayScenario: Scenario = {
  name: 'gateway',
  describe: 'calls of an API through the gateway beside a bare pass-through, and large bodies',
  async run(scale, progress) {
    const peers = await startPeers({ target: 1 });
    const host = await startHost({ workers: ['product', 'floor'] });
    try {
      return rowsOf(await measure(host, `http://127.0.0.1:${peers.ports.target[0]}`, scale, progress));
    } finally {
      await host.stop();
      peers.stop();
    }
  },
};
