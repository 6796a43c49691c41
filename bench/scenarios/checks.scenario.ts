import { CHECKS_PER_MESSAGE } from '../../src/proxy-pool/checks/check-message.types.ts';
import { MAX_PROBES_PER_BATCH } from '../../src/proxy-pool/checks/checks.queue.ts';
import type { ConnectLoopResult } from '../floor/connect-loop.ts';
import { type Host, startHost, type WorkerName } from '../host/host.ts';
import { databaseOf } from '../host/inventory.ts';
import { median, medians } from '../measure/figures.ts';
import { processorMs } from '../measure/process-figures.ts';
import { elapsedMs, interleaved } from '../measure/rounds.ts';
import type { MeterReading } from '../metered/metered.worker.ts';
import { type PeerProcess, startPeers } from '../peers/peer-process.ts';
import type { BenchRow, BenchScale, Scenario } from '../scenario.types.ts';

/** Invocations at once. */
const INVOCATIONS = 8;
const PROXIES = INVOCATIONS * MAX_PROBES_PER_BATCH;
/** All proxies are checked so often in a round of good ones. */
const PASSES = 4;
/** What the product gives a proxy that says nothing: 10 s a stage. */
const FLOOR_LIMIT_MS = 10_000;
const QUEUE = 'switchyard-checks';

interface Pass {
  perSecond: number;
  processorMsPerCheck: number;
}

function proxyId(index: number): string {
  return `0190ffff-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** The peers' ports, the bad ones spread evenly over the batches. */
function spread({ good, silent, dead }: PeerProcess['ports']): number[] {
  const [goodLeft, badLeft] = [
    [...good],
    [...silent, ...dead].map((_, index) => (index % 2 ? dead : silent)[index >> 1]),
  ];
  const every = Math.floor(PROXIES / Math.max(1, badLeft.length));
  return Array.from({ length: PROXIES }, (_, index) => {
    const port = (badLeft.length > 0 && index % every === every - 1 ? badLeft.shift() : undefined) ?? goodLeft.shift();
    if (port === undefined) throw new Error('too few proxies');
    return port;
  });
}

async function storeProxies(database: D1Database, ports: readonly number[]): Promise<void> {
  const rows = JSON.stringify(ports.map((port, index) => ({ id: proxyId(index), port })));
  await database
    .prepare(
      `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, first_seen_at, last_seen_at, next_check_at)
        SELECT value ->> 'id', '127.0.0.1', value ->> 'port', 'http', 0, 'unchecked', 0, 0, 0 FROM json_each(?1)`,
    )
    .bind(rows)
    .run();
}

/** As they were before their first check; what died must be due again. */
async function forgetChecks(database: D1Database): Promise<void> {
  await database
    .prepare(
      `UPDATE proxies SET status = 'unchecked', score = NULL, leasable = 0, failed_rounds = 0, last_passed_at = NULL,
        uptime = NULL, died_at = NULL, next_check_at = 0`,
    )
    .run();
}

type Due = { id: string; round: number };

async function dueBatches(database: D1Database): Promise<Due[][]> {
  const { results } = await database.prepare('SELECT id, round FROM proxies ORDER BY id').all<Due>();
  return Array.from({ length: INVOCATIONS }, (_, invocation) =>
    results.slice(invocation * MAX_PROBES_PER_BATCH, (invocation + 1) * MAX_PROBES_PER_BATCH),
  );
}

/** Calls the queue's consumer with one batch, as the platform would. */
async function consume(host: Host, worker: WorkerName, batch: readonly Due[]): Promise<void> {
  const fetcher = await host.miniflare.getWorker(worker);
  const messages = [];
  for (let start = 0; start < batch.length; start += CHECKS_PER_MESSAGE) {
    const body = { proxies: batch.slice(start, start + CHECKS_PER_MESSAGE) };
    messages.push({ id: `message-${start}`, timestamp: new Date(), attempts: 1, body });
  }
  const { outcome, retryMessages } = await fetcher.queue(QUEUE, messages);
  if (outcome !== 'ok' || retryMessages.length > 0) throw new Error(`the batch ended ${outcome}, not acknowledged`);
}

async function timed(host: Host, checks: number, work: () => Promise<unknown>): Promise<Pass> {
  const processorBefore = await processorMs(host.workerdPid);
  const tookMs = await elapsedMs(work);
  const usedMs = (await processorMs(host.workerdPid)) - processorBefore;
  return { perSecond: (checks / tookMs) * 1_000, processorMsPerCheck: usedMs / checks };
}

/** One pass over all proxies, in as many invocations at once: the floor's, and the product's. */
function createPasses(host: Host, ports: readonly number[], goodCount: number) {
  const floor = host.part('floor');
  return {
    floor: async () => {
      const answers = await Promise.all(
        Array.from({ length: INVOCATIONS }, (_, invocation) => {
          const start = invocation * MAX_PROBES_PER_BATCH;
          const json = {
            ports: ports.slice(start, start + MAX_PROBES_PER_BATCH),
            judgeUrl: floor.url,
            limitMs: FLOOR_LIMIT_MS,
          };
          return floor.call<ConnectLoopResult>('POST', '/connect', { json });
        }),
      );
      const good = answers.reduce((sum, answer) => sum + answer.good, 0);
      if (good !== goodCount) throw new Error(`the floor found ${good} good proxies of ${goodCount}`);
    },
    product: async () => {
      const batches = await dueBatches(await databaseOf(host, 'product'));
      await Promise.all(batches.map((batch) => consume(host, 'product', batch)));
    },
  };
}

/** A proxy that a check misjudged makes its time worthless. */
async function assertActive(database: D1Database, expected: number): Promise<void> {
  const row = await database
    .prepare(`SELECT COUNT(*) AS active FROM proxies WHERE status = 'active' AND leasable = 1`)
    .first<{ active: number }>();
  if (row?.active === expected) return;
  const history = await database
    .prepare(
      `SELECT results FROM proxy_checks WHERE results NOT LIKE '%"passed":true%"passed":true%' ORDER BY created_at DESC`,
    )
    .first<{ results: string }>();
  throw new Error(`${row?.active} proxies are active, not ${expected}: ${history?.results ?? 'some were not checked'}`);
}

async function compare(
  badOfEach: number,
  passes: number,
  { rounds }: BenchScale,
  progress: (line: string) => void,
): Promise<{ ratio: number; floor: Pass; product: Pass }> {
  const goodCount = PROXIES - 2 * badOfEach;
  const peers = await startPeers({ good: goodCount, silent: badOfEach, dead: badOfEach });
  const host = await startHost({ workers: ['product', 'floor'] });
  try {
    const ports = spread(peers.ports);
    const database = await databaseOf(host, 'product');
    await storeProxies(database, ports);
    const pass = createPasses(host, ports, goodCount);
    const repeat = async (work: () => Promise<unknown>) => {
      for (let count = 0; count < passes; count += 1) await work();
    };
    const results = await interleaved(
      rounds,
      () => timed(host, passes * PROXIES, () => repeat(pass.floor)),
      async () => {
        if (badOfEach > 0) await forgetChecks(database);
        const result = await timed(host, passes * PROXIES, () => repeat(pass.product));
        await assertActive(database, goodCount);
        return result;
      },
      (round, floor, product) => {
        const rates = `floor ${floor.perSecond.toFixed(0)}/s, product ${product.perSecond.toFixed(0)}/s`;
        progress(`round ${round} of ${rounds}: ${rates}`);
      },
    );
    return {
      ratio: median(results.map(({ floor, product }) => (100 * product.perSecond) / floor.perSecond)),
      floor: medians(results.map(({ floor }) => ({ ...floor }))),
      product: medians(results.map(({ product }) => ({ ...product }))),
    };
  } finally {
    await host.stop();
    peers.stop();
  }
}

function describe({ floor, product }: { floor: Pass; product: Pass }): string {
  const processor = `${floor.processorMsPerCheck.toFixed(2)} and ${product.processorMsPerCheck.toFixed(2)} ms of processor a check`;
  return `floor ${floor.perSecond.toFixed(0)}/s, product ${product.perSecond.toFixed(0)}/s; ${processor}`;
}

/** Good proxies only: what a check costs besides its socket. */
export const checksScenario: Scenario = {
  name: 'checks',
  describe: 'checks of good proxies beside a bare loop of connect() and a request',
  async run(scale, progress) {
    const result = await compare(0, Math.ceil(PASSES * scale.size), scale, progress);
    return [
      {
        what: `checks a second in ${INVOCATIONS} invocations at once, all good, of the floor's`,
        value: result.ratio,
        unit: '%',
        target: { atLeast: 60 },
        detail: describe(result),
      },
    ];
  },
};

/** One in ten dead, one in ten silent: what waiting costs. */
export const slowChecksScenario: Scenario = {
  name: 'slow-checks',
  describe: 'the same with one in ten dead and one in ten that says nothing',
  async run(scale, progress) {
    const result = await compare(PROXIES / 10, 1, scale, progress);
    return [
      {
        what: "the same with one in ten dead and one in ten hanging, of the floor's",
        value: result.ratio,
        unit: '%',
        target: { atLeast: 90 },
        detail: describe(result),
      },
    ];
  },
};

interface BatchRows {
  /** Of each check. */
  written: number;
  changed: number;
}

/** Runs one batch alone and sees how many of its proxies changed in what an index or a book knows. */
async function countBatch(host: Host, batch: readonly Due[]): Promise<BatchRows> {
  const database = await databaseOf(host, 'metered');
  const metered = host.part('metered');
  const facts = async () => {
    const { results } = await database
      .prepare('SELECT id, status, score, country, revision FROM proxies WHERE id IN (SELECT value FROM json_each(?1))')
      .bind(JSON.stringify(batch.map(({ id }) => id)))
      .all<{ id: string }>();
    return new Map(results.map((row) => [row.id, JSON.stringify(row)]));
  };
  const before = await facts();
  await metered.call('GET', '/meter/take');
  await consume(host, 'metered', batch);
  const reading = await metered.call<MeterReading>('GET', '/meter/take');
  const after = await facts();
  const changed = batch.filter(({ id }) => before.get(id) !== after.get(id)).length;
  return { written: reading.database.written / batch.length, changed };
}

/** Rows that a check writes in D1, batch by batch. */
export const checkRowsScenario: Scenario = {
  name: 'check-rows',
  describe: 'rows that D1 writes for a check',
  async run({ rounds }, progress): Promise<BenchRow[]> {
    const peers = await startPeers({ good: PROXIES });
    const host = await startHost({ workers: ['metered'] });
    try {
      const database = await databaseOf(host, 'metered');
      await storeProxies(database, spread(peers.ports));
      const batches: BatchRows[] = [];
      for (let round = 0; round <= rounds; round += 1) {
        for (const batch of await dueBatches(database)) batches.push(await countBatch(host, batch));
        progress(`round ${round} of ${rounds}`);
      }
      const plain = batches.filter(({ changed }) => changed === 0).map(({ written }) => written);
      const changing = batches.filter(({ changed }) => changed === MAX_PROBES_PER_BATCH).map(({ written }) => written);
      return [
        {
          what: 'rows written a check when only times and averages moved, the worst batch',
          value: Math.max(...plain),
          unit: 'rows',
          target: { atMost: 2 },
          detail: `${plain.length} batches in which nothing else did`,
        },
        {
          what: 'rows written a check when status, score and country changed, the worst batch',
          value: Math.max(...changing),
          unit: 'rows',
          target: { atMost: 6 },
          detail: `${changing.length} batches of first checks`,
        },
      ];
    } finally {
      await host.stop();
      peers.stop();
    }
  },
};
