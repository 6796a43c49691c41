import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { BUILTIN_ADMIN_ID } from '../../../src/accounts/authentication.service.ts';
import { configOf } from '../../../src/config.ts';
import { createServices } from '../../../src/services.ts';
import { dataOf } from '../graphql/ask.ts';
import { arrivalsOf, errorOf, type FreshTarget, forward, freshTarget, good } from './support.ts';

const { forwarding } = createServices(env, configOf(env), (work) => void work.catch(() => undefined));
const caller = { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' } as const;

/** A forward whose caller can hang up. */
function forwardUntil(url: string, signal: AbortSignal): Promise<Response | 'gone'> {
  const request = new Request('http://switchyard.test/', { signal });
  return forwarding
    .forward(request, { caller, keySource: 'authorization', url: new URL(url), remoteAddress: null })
    .catch(() => 'gone');
}

const waits = (target: FreshTarget, waiters: number) =>
  expect.poll(() => target.rotor.metrics(), { timeout: 20_000 }).toMatchObject({ waiters });

/** Has the one IP in use until it is told to let it go. */
async function occupy(target: FreshTarget): Promise<{ letGo(): Promise<void> }> {
  const hanging = new AbortController();
  const occupied = forwardUntil(target.url('/hang'), hanging.signal);
  await expect.poll(() => target.rotor.metrics()).toMatchObject({ ips: { IN_USE: 1 } });
  return {
    async letGo() {
      hanging.abort();
      expect(await occupied).toBe('gone');
    },
  };
}

async function orderAtTarget(target: FreshTarget): Promise<string[]> {
  const arrivals = await arrivalsOf(target);
  return arrivals.flatMap(({ url }) => /^\/echo\/(\w+)/.exec(url)?.[1] ?? []);
}

describe('those who wait for one IP', () => {
  test('come to the target in the order in which they came, one at a time', async () => {
    const target = await freshTarget(good.slice(0, 1), { maxQueueWaitMs: 40_000 });
    const first = await occupy(target);
    const names = Array.from({ length: 15 }, (_, index) => `n${index}`);
    const answers: Promise<Response>[] = [];
    for (const [index, name] of names.entries()) {
      answers.push(forward(target.url(`/echo/${name}`)));
      await waits(target, index + 1);
    }
    await first.letGo();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(await orderAtTarget(target)).toEqual(names);
  });

  test('stay in order when others in between leave, or have waited for too long', async () => {
    const target = await freshTarget(good.slice(0, 1), { maxQueueWaitMs: 1_500 });
    const first = await occupy(target);
    const late = ['late1', 'late2'].map((name) => forward(target.url(`/echo/${name}`)));
    await waits(target, 2);
    const wait = async (maxQueueWait: number) => {
      const { name } = target;
      const regex = `^http://127[.]0[.]0[.]1:[0-9]+/.*${name}`;
      const input = `{name: "${name}", regex: "${regex}", poolName: "${name}", minRequestInterval: 0, maxQueueWait: ${maxQueueWait}}`;
      await dataOf(`mutation { updateTarget(input: ${input}) { name } }`);
    };
    await wait(40);
    const leaving = new AbortController();
    const staying: [string, Promise<Response>][] = [];
    const gone: Promise<unknown>[] = [];
    for (let index = 0; index < 12; index += 1) {
      const before = (await target.rotor.metrics()).waiters;
      if (index % 3 === 1) gone.push(forwardUntil(target.url(`/echo/gone${index}`), leaving.signal));
      else staying.push([`n${index}`, forward(target.url(`/echo/n${index}`))]);
      // Those whose time is over may leave meanwhile.
      await expect
        .poll(async () => (await target.rotor.metrics()).waiters >= Math.min(before + 1, index + 1))
        .toBe(true);
    }
    for (const answer of late) {
      expect(await errorOf(await answer)).toEqual({ status: 503, code: 'QUEUE_TIMEOUT' });
    }
    await waits(target, 12);
    leaving.abort();
    expect(await Promise.all(gone)).toEqual(gone.map(() => 'gone'));
    await waits(target, 8);
    await first.letGo();
    for (const [, answer] of staying) expect((await answer).status).toBe(200);
    expect(await orderAtTarget(target)).toEqual(staying.map(([name]) => name));
    // What became of the last request is told after its answer.
    await expect
      .poll(() => target.rotor.metrics())
      .toMatchObject({ queueTimeouts: 2, outcomes: { success: 8, cancelled: 1 } });
  });

  test('a retry waits behind those who came before it', async () => {
    const target = await freshTarget(good.slice(0, 1), { maxQueueWaitMs: 40_000, numRetries: 1 });
    const first = await occupy(target);
    const failing = forward(target.url('/status/503'));
    await waits(target, 1);
    const next = forward(target.url('/echo/next'));
    await waits(target, 2);
    await first.letGo();
    expect((await failing).status).toBe(503);
    expect((await next).status).toBe(200);
    const paths = (await arrivalsOf(target)).map(({ url }) => url.split('?')[0]);
    expect(paths.filter((path) => path !== '/hang')).toEqual(['/status/503', '/echo/next', '/status/503']);
  });
});
