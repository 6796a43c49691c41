import { checkout, report } from '../../src/routing/rotation/rotation.model.ts';
import { configure } from '../../src/routing/rotation/rotation-content.model.ts';
import { createRotationState } from '../../src/routing/rotation/rotation-state.model.ts';
import { testBindings } from '../../test/support/bindings.ts';
import { type Host, MAX_CONNECTIONS, startHost } from '../host/host.ts';
import { databaseOf } from '../host/inventory.ts';
import { median } from '../measure/figures.ts';
import { elapsedMs, inParallel, interleaved } from '../measure/rounds.ts';
import { startPeers } from '../peers/peer-process.ts';
import type { BenchRow, BenchScale, Scenario } from '../scenario.types.ts';

const FORWARDS = 400;
/** How well V8 happens to compile a Worker differs by a tenth from one process to the next: the median is over several. */
const FORWARD_HOSTS = 3;
/** Checkouts, each with its report. */
const PAIRS = 2_000;
/** Steps of the model in each timing. */
const MODEL_STEPS = 20_000;
/** So that a request never waits for an IP: what is measured is the way, not the queue. */
const PROXIES = MAX_CONNECTIONS;

const times = {
  minRequestIntervalMs: 0,
  maxQueueWaitMs: 30_000,
  ipFailuresUntilQuarantine: 5,
  quarantineTimeMs: 1_000,
};

export async function storeTarget(host: Host, ports: readonly number[]): Promise<void> {
  const database = await databaseOf(host, 'product');
  const ips = JSON.stringify(ports.map((port) => `127.0.0.1:${port}`));
  const requests = JSON.stringify([{ provider: 'bench', count: ports.length }]);
  const { minRequestIntervalMs, maxQueueWaitMs, ipFailuresUntilQuarantine, quarantineTimeMs } = times;
  await database.batch([
    database
      .prepare("INSERT INTO routing_providers (name, ip_list, is_mutable, created_revision) VALUES ('bench', ?, 1, 1)")
      .bind(ips),
    database
      .prepare("INSERT INTO routing_pools (name, ip_requests, is_mutable, created_revision) VALUES ('bench', ?, 1, 1)")
      .bind(requests),
    database
      .prepare(
        `INSERT INTO routing_targets (name, regex, pool_name, min_request_interval_ms, max_queue_wait_ms, num_retries,
           ip_failures_until_quarantine, quarantine_time_ms, is_mutable, created_revision, revision)
         VALUES ('bench', '127', 'bench', ?, ?, 0, ?, ?, 1, 1, 1)`,
      )
      .bind(minRequestIntervalMs, maxQueueWaitMs, ipFailuresUntilQuarantine, quarantineTimeMs),
    database.prepare("UPDATE sequences SET value = 1 WHERE name = 'routing_revision'"),
  ]);
}

/** Requests a second, so many at once. */
async function rateOf(count: number, ask: (index: number) => Promise<unknown>): Promise<number> {
  return (1_000 * count) / (await elapsedMs(() => inParallel(count, MAX_CONNECTIONS, ask)));
}

function ratioRow(what: string, atLeast: number, rounds: readonly { floor: number; product: number }[]): BenchRow {
  const perSecond = (kind: 'floor' | 'product') => median(rounds.map((round) => round[kind])).toFixed(0);
  return {
    what,
    value: median(rounds.map(({ floor, product }) => (100 * product) / floor)),
    unit: '%',
    target: { atLeast },
    detail: `floor ${perSecond('floor')}/s, product ${perSecond('product')}/s`,
  };
}

async function rateForwards({ rounds, size }: BenchScale, report: (round: number) => void) {
  const peers = await startPeers({ good: PROXIES });
  const host = await startHost({ workers: ['product', 'floor'] });
  try {
    await storeTarget(host, peers.ports.good);
    const [floor, product] = [host.part('floor'), host.part('product')];
    const url = `${floor.url}/kib`;
    const count = Math.ceil(FORWARDS * size);
    const portOf = (index: number) => peers.ports.good[index % PROXIES];
    return await interleaved(
      rounds,
      () => rateOf(count, (index) => floor.call('GET', `/fetch-through?port=${portOf(index)}&url=${url}`)),
      () => rateOf(count, () => product.call('GET', `/forward/${url}`, { key: testBindings.ADMIN_API_KEY })),
      report,
    );
  } finally {
    await host.stop();
    peers.stop();
  }
}

async function measureForwards(scale: BenchScale, progress: (line: string) => void): Promise<BenchRow> {
  const rated: { floor: number; product: number }[] = [];
  for (let host = 1; host <= FORWARD_HOSTS; host += 1) {
    const ofThis = `in process ${host} of ${FORWARD_HOSTS}`;
    rated.push(
      ...(await rateForwards(scale, (round) => progress(`forwards: round ${round} of ${scale.rounds} ${ofThis}`))),
    );
  }
  return ratioRow('a forward of 1 KiB through an HTTP proxy: requests a second, of a bare connect()', 50, rated);
}

async function measureRotor({ rounds, size }: BenchScale, progress: (line: string) => void): Promise<BenchRow> {
  const host = await startHost({ workers: ['metered', 'floor'] });
  try {
    const pairs = Math.ceil(PAIRS * size);
    const rate = async (work: Promise<unknown>) => (1_000 * pairs) / (await elapsedMs(() => work));
    const rated = await interleaved(
      rounds,
      () => rate(host.part('floor').call('GET', `/take-pairs?pairs=${pairs}`)),
      () => rate(host.part('metered').call('GET', `/meter/rotor?pairs=${pairs}`)),
      (round) => progress(`rotor: round ${round} of ${rounds}`),
    );
    return ratioRow('checkouts with their reports a second, of two bare calls that write a row each', 60, rated);
  } finally {
    await host.stop();
  }
}

/** Microseconds for a report, which serves the next in line, and a checkout, which joins it. */
function stepMicroseconds(ipCount: number, waiterCount: number, steps: number): number {
  const state = createRotationState();
  const ips = Array.from({ length: ipCount }, (_, index) => ({ address: `http://ip-${index}:1`, provider: 'p' }));
  configure(state, { name: 'bench', revision: 1, numRetries: 0, ...times, ips }, 0);
  let asked = 0;
  const inUse: string[] = [];
  const ask = () => {
    asked += 1;
    // Every third is a retry, which excludes an IP.
    const excluded = asked % 3 === 0 ? [`http://ip-${asked % ipCount}:1`] : [];
    const request = { checkoutId: `c${asked}`, revision: 1, excluded, forced: null };
    if ('ok' in checkout(state, request, 0).outcome) inUse.push(request.checkoutId);
  };
  for (let index = 0; index < ipCount + waiterCount; index += 1) ask();
  const startedAtMs = performance.now();
  for (let step = 0; step < steps; step += 1) {
    const checkoutId = inUse.shift() ?? '';
    const { served } = report(state, [{ checkoutId, outcome: 'success', sentAgoMs: 0, latencyMs: 1 }], 0);
    inUse.push(...served.map(({ waiter }) => waiter.checkoutId));
    ask();
  }
  return (1_000 * (performance.now() - startedAtMs)) / steps;
}

function measureModel({ rounds, size }: BenchScale): BenchRow {
  const timed: { small: number; large: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const steps = Math.ceil(MODEL_STEPS * size);
    const small = stepMicroseconds(10, 100, steps);
    const large = stepMicroseconds(1_000, 9_900, steps);
    if (round > 0) timed.push({ small, large });
  }
  const [small, large] = [median(timed.map((one) => one.small)), median(timed.map((one) => one.large))];
  return {
    what: 'a checkout and a report with 1,000 IPs and 10,000 waiters: median, of those with 10 and 100',
    value: median(timed.map((one) => one.large / one.small)),
    unit: '×',
    target: { atMost: 4 },
    detail: `${small.toFixed(1)} µs and ${large.toFixed(1)} µs; a hundred times as many would be a hundred times as long if all were looked at`,
  };
}

/** Forwards and rotation beside the least that could be asked of the same runtime. */
export const rotorScenario: Scenario = {
  name: 'rotor',
  describe: 'forwards through an HTTP proxy, and the turns of IPs, beside bare ones',
  async run(scale, progress) {
    return [await measureForwards(scale, progress), await measureRotor(scale, progress), measureModel(scale)];
  },
};
