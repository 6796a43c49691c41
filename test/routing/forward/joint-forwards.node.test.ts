import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Arrival, startRoutingPeers } from '../../support/routing-peers.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';
import type { CheckoutCalls } from './counting.worker.ts';

/** How long an IP rests, and what the clocks and timers of three processes may make of it. */
const [HOLD_MS, TOLERANCE_MS] = [400, 200];

/** Some eight turns of six IPs. */
const REQUESTS = 48;

let worker: WorkerProcess;
let peers: Awaited<ReturnType<typeof startRoutingPeers>>;

beforeAll(async () => {
  // In a runtime as deployed: the tools that run tests inside of it don't let one request wait for another.
  const entry = 'test/routing/forward/counting.worker.ts';
  [worker, peers] = await Promise.all([startWorkerProcess({}, { entry }), startRoutingPeers()]);
  const { body } = await worker.call('POST', '/graphql', {
    query: `mutation {
      addProvider(input: {name: "many", ipList: ${JSON.stringify(peers.addresses.good)}}) { name }
      addPool(input: {name: "many", ipRequests: [{provider: "many", count: ${peers.addresses.good.length}}]}) { name }
      addTarget(input: {name: "many", regex: "^http://127", poolName: "many", minRequestInterval: ${HOLD_MS / 1_000},
        maxQueueWait: 60, numRetries: 0}) { name } }`,
  });
  expect(body).toMatchObject({ data: { addTarget: { name: 'many' } } });
}, 180_000);

afterAll(async () => {
  await worker?.stop();
  await peers?.close();
});

const callsSoFar = async () => (await worker.call<CheckoutCalls>('GET', '/checkout-calls')).body;

function forward(path: string, signal: AbortSignal | null = null): Promise<Response> {
  const headers = { 'x-proxy-hopper-auth': `Bearer ${worker.adminKey}` };
  return fetch(`${worker.baseUrl}/forward/${peers.addresses.origin}${path}`, { headers, signal });
}

async function statesOfIps() {
  return (await worker.call('POST', '/graphql', { query: '{ targetIpStates(targetName: "many") { state } }' })).body;
}

test('many at once ask together; each has an IP of its own meanwhile, and whoever leaves holds nobody up', async () => {
  const stays = (index: number) => index % 4 !== 1;
  const requests = Array.from({ length: REQUESTS }, async (_, index) => {
    // Some leave at once, some in line, some while their request is on its way.
    const leaving = stays(index) ? null : AbortSignal.timeout(index * 5);
    const answered = forward(`/echo/n${index}`, leaving).then(async (answer) => {
      await answer.text();
      return { index, status: answer.status };
    });
    return answered.catch(() => ({ index, status: null }));
  });
  const answers = await Promise.all(requests);
  expect(answers.filter(({ index, status }) => stays(index) && status !== 200)).toEqual([]);

  const { alone, together } = await callsSoFar();
  expect(Math.max(...together)).toBeGreaterThan(1);
  // Each at most twice: with others, and for its turn.
  expect(together.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(REQUESTS);
  expect(alone).toBeLessThanOrEqual(REQUESTS);

  const seen = await fetch(`${peers.addresses.origin}/arrivals`);
  const { arrivals }: { arrivals: Arrival[] } = JSON.parse(await seen.text());
  const byExit = Map.groupBy(arrivals, ({ from }) => from);
  expect(byExit.size).toBe(peers.addresses.good.length);
  for (const ofOne of byExit.values()) {
    for (const [index, { atMs }] of ofOne.entries()) {
      const before = ofOne[index - 1];
      if (before) expect(atMs - before.atMs).toBeGreaterThanOrEqual(HOLD_MS - TOLERANCE_MS);
    }
  }
  await expect
    .poll(() => statesOfIps(), { timeout: 10_000 })
    .toMatchObject({ data: { targetIpStates: peers.addresses.good.map(() => ({ state: 'FREE' })) } });
}, 60_000);

test('a single caller asks alone, one after the other', async () => {
  await delay(200);
  const before = await callsSoFar();
  for (let index = 0; index < 5; index += 1) expect((await forward(`/echo/single${index}`)).status).toBe(200);
  const after = await callsSoFar();
  expect(after.together).toEqual(before.together);
  expect(after.alone - before.alone).toBe(5);
});
