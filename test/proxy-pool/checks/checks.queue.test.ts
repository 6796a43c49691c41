import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { CheckedProxy } from '../../../src/proxy-pool/checks/checks.types.ts';
import { deliver, envWith, failing } from '../../support/worker-doors.ts';
import { countHistory, insertProxy, readProxy } from './rows.ts';

const QUEUE = 'switchyard-checks';
/** Nothing listens there: the proxies of these tests fail at their first stage. */
const checking = envWith({ JUDGE_URL: 'http://127.0.0.1:9/judge' });

/** Proxies at loopback ports where nothing listens. */
function closedProxies(count: number): Promise<CheckedProxy[]> {
  return Promise.all(Array.from({ length: count }, () => insertProxy({ port: 9 })));
}

function messageFor(rows: readonly CheckedProxy[], more: object = {}) {
  return { proxies: rows.map(({ id, round }) => ({ id, round })), ...more };
}

it('a message checks its proxies: one round each, with its history, and acknowledged', async () => {
  const rows = await closedProxies(2);
  expect(await deliver(QUEUE, [messageFor(rows)], checking)).toEqual({ acknowledged: ['m0'], again: [] });
  for (const { id } of rows) {
    expect(await readProxy(id)).toMatchObject({ round: 1, failed_rounds: 1, status: 'unchecked', leasable: 0 });
    expect(await countHistory(id)).toBe(1);
  }
});

it('the same messages again, in another order, change nothing', async () => {
  const [left, right] = [await closedProxies(1), await closedProxies(1)];
  await deliver(QUEUE, [messageFor(left), messageFor(right)], checking);
  const before = await Promise.all([...left, ...right].map(({ id }) => readProxy(id)));
  expect(await deliver(QUEUE, [messageFor(right), messageFor(left)], checking)).toMatchObject({
    acknowledged: ['m0', 'm1'],
    again: [],
  });
  expect(await Promise.all([...left, ...right].map(({ id }) => readProxy(id)))).toEqual(before);
});

it('what is more than an invocation may probe comes again', async () => {
  const messages = await Promise.all(Array.from({ length: 6 }, () => closedProxies(5)));
  const delivered = await deliver(
    QUEUE,
    messages.map((rows) => messageFor(rows)),
    checking,
  );
  expect(delivered).toMatchObject({ acknowledged: ['m0', 'm1', 'm2', 'm3', 'm4'], again: ['m5'] });
  const rounds = await Promise.all(messages.flat().map(async ({ id }) => (await readProxy(id)).round));
  expect(rounds.filter((round) => round === 1)).toHaveLength(25);
});

it('when the results can not be written nothing counts, and the messages come again', async () => {
  const rows = await closedProxies(2);
  const broken = { ...checking, DB: failing(env.DB, 'batch') };
  expect(await deliver(QUEUE, [messageFor(rows)], broken)).toEqual({ acknowledged: [], again: ['m0'] });
  for (const { id } of rows) {
    expect(await readProxy(id)).toMatchObject({ round: 0, failed_rounds: 0 });
    expect(await countHistory(id)).toBe(0);
  }
});
