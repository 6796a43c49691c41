import { expect, it } from 'vitest';
import { Cancellation } from '../../../src/platform/cancellation.ts';
import { unavailable } from '../../../src/platform/durable/stub-call.ts';
import {
  BUSY_AFTER_COMPANY_MS,
  BUSY_MS,
  createJointCheckouts,
  createOpenAsking,
  JOINT_PATIENCE_MS,
} from '../../../src/routing/forward/joint-checkouts.ts';
import type { CheckoutRequest, CheckoutResult, RequestReport } from '../../../src/routing/rotation/rotation.types.ts';

const ip = (checkoutId: string): CheckoutResult => ({
  ok: true,
  address: `http://${checkoutId}:1`,
  provider: 'p',
  proxyId: null,
  queueMs: 0,
  isAwaited: false,
});
const request = (checkoutId: string): CheckoutRequest => ({ checkoutId, revision: 1, excluded: [], forced: null });

/** An isolate whose clock and waits a test moves by hand, and Rotors that write down how they were asked. */
function setUp({ mayWaitForOthers = true } = {}) {
  const calls: [target: string, how: 'alone' | 'together', ids: string[], reports: number][] = [];
  const works: Promise<unknown>[] = [];
  const waits: (() => void)[] = [];
  const rings: { atMs: number; ring(): void }[] = [];
  const isolate = {
    nowMs: 1_000,
    reports: [] as RequestReport[],
    /** What a joint call comes to. */
    together: async (requests: readonly CheckoutRequest[]): Promise<(CheckoutResult | null)[]> =>
      requests.map(({ checkoutId }) => ip(checkoutId)),
  };
  const log = () => undefined;
  const write = (target: string, how: 'alone' | 'together', requests: readonly CheckoutRequest[]) => {
    const reports = requests.flatMap((one) => one.reports ?? []).length;
    calls.push([target, how, requests.map(({ checkoutId }) => checkoutId), reports]);
  };
  const joint = createJointCheckouts({
    open: createOpenAsking(),
    mayWaitForOthers,
    rotorOf: (target) => ({
      async checkout(asked) {
        write(target, 'alone', [asked]);
        return ip(asked.checkoutId);
      },
      async checkoutEach(asked) {
        write(target, 'together', asked);
        return isolate.together(asked);
      },
    }),
    reports: { with: async (_target, call) => call(isolate.reports.splice(0)) },
    clock: { nowMs: () => isolate.nowMs },
    logger: { debug: log, info: log, warn: log, error: log },
    waitUntil: (work) => void works.push(work),
    wait: () => new Promise<void>((resolve) => waits.push(resolve)),
  });
  const timers = {
    after(durationMs: number, ring: () => void) {
      const one = { atMs: isolate.nowMs + durationMs, ring };
      rings.push(one);
      return () => void rings.splice(rings.indexOf(one), 1);
    },
  };
  return {
    isolate,
    calls,
    ask(checkoutId: string, target = 't', left = new AbortController()) {
      return joint.ask(target, request(checkoutId), { timers, signal: new Cancellation(left.signal) });
    },
    /** The moment is over: whoever asks together does it now. */
    async momentEnds() {
      for (const end of waits.splice(0)) end();
      await Promise.all(works.splice(0));
    },
    /** The invocation that was to ask for the others is gone. */
    loseMoment() {
      waits.splice(0);
      works.splice(0);
    },
    pass(ms: number) {
      isolate.nowMs += ms;
      for (const one of rings.filter(({ atMs }) => atMs <= isolate.nowMs)) one.ring();
    },
    ringsLeft: () => rings.length,
  };
}

it('asks alone and at once where nobody else does, one after the other', async () => {
  const { ask, calls, pass } = setUp();
  expect(await ask('a')).toEqual(ip('a'));
  pass(BUSY_MS);
  expect(await ask('b')).toEqual(ip('b'));
  expect(await ask('c', 'other')).toEqual(ip('c'));
  expect(calls).toEqual([
    ['t', 'alone', ['a'], 0],
    ['t', 'alone', ['b'], 0],
    ['other', 'alone', ['c'], 0],
  ]);
});

it('asks together with those of the same moment, in their order, and tells once what is to be told', async () => {
  const { ask, calls, isolate, momentEnds, ringsLeft } = setUp();
  await ask('a');
  isolate.reports.push({ checkoutId: 'x', outcome: 'success', sentAgoMs: 0, latencyMs: 1 });
  const asked = [ask('b'), ask('c'), ask('d', 'other'), ask('e')];
  await momentEnds();
  expect(await Promise.all(asked)).toEqual([ip('b'), ip('c'), ip('d'), ip('e')]);
  expect(calls).toEqual([
    ['t', 'alone', ['a'], 0],
    ['other', 'alone', ['d'], 1],
    ['t', 'together', ['b', 'c', 'e'], 0],
  ]);
  expect(ringsLeft()).toBe(0);
});

it('goes on asking together for a while once there was company, and no longer', async () => {
  const { ask, calls, momentEnds, pass } = setUp();
  await ask('a');
  const together = [ask('b'), ask('c')];
  await momentEnds();
  await Promise.all(together);
  pass(BUSY_AFTER_COMPANY_MS - 1);
  const [later, alone] = [ask('d'), ask('e')];
  await momentEnds();
  await Promise.all([later, alone]);
  pass(BUSY_AFTER_COMPANY_MS);
  await ask('f');
  expect(calls.slice(1)).toEqual([
    ['t', 'together', ['b', 'c'], 0],
    ['t', 'together', ['d', 'e'], 0],
    ['t', 'alone', ['f'], 0],
  ]);
});

it('is not overtaken by whoever comes while it has yet to ask', async () => {
  const { ask, calls, momentEnds, pass } = setUp();
  await ask('a');
  const first = ask('b');
  pass(BUSY_MS + 1);
  const second = ask('c');
  await momentEnds();
  await Promise.all([first, second]);
  expect(calls.slice(1)).toEqual([['t', 'together', ['b', 'c'], 0]]);
});

it('asks by itself where it has to wait, and where the joint call fails for a reason of whoever made it', async () => {
  const { ask, calls, isolate, momentEnds } = setUp();
  await ask('a');
  isolate.together = async ([first]) => [first ? ip(first.checkoutId) : null, null];
  const waiting = [ask('b'), ask('c')];
  await momentEnds();
  expect(await Promise.all(waiting)).toEqual([ip('b'), ip('c')]);
  isolate.together = async () => {
    throw unavailable(new Error('too many subrequests'));
  };
  const failing = [ask('d'), ask('e')];
  await momentEnds();
  expect(await Promise.all(failing)).toEqual([ip('d'), ip('e')]);
  expect(calls.slice(1)).toEqual([
    ['t', 'together', ['b', 'c'], 0],
    ['t', 'alone', ['c'], 0],
    ['t', 'together', ['d', 'e'], 0],
    ['t', 'alone', ['d'], 0],
    ['t', 'alone', ['e'], 0],
  ]);
});

it.each(['overloaded', 'retryable'])('does not ask a Rotor again that is %s: each hears of it', async (flag) => {
  const { ask, calls, isolate, momentEnds, ringsLeft } = setUp();
  await ask('a');
  isolate.together = async () => {
    throw unavailable(Object.assign(new Error('the object'), { [flag]: true }));
  };
  const asked = [ask('b'), ask('c')];
  for (const one of asked) one.catch(() => undefined);
  await momentEnds();
  for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(calls.slice(1)).toEqual([['t', 'together', ['b', 'c'], 0]]);
  expect(ringsLeft()).toBe(0);
});

it('asks by itself when whoever was to ask for it is gone; nobody asks for it later', async () => {
  const { ask, calls, loseMoment, momentEnds, pass } = setUp();
  await ask('a');
  const lost = [ask('b'), ask('c')];
  loseMoment();
  pass(JOINT_PATIENCE_MS - 1);
  expect(calls).toHaveLength(1);
  pass(2);
  expect(await Promise.all(lost)).toEqual([ip('b'), ip('c')]);
  // It finds them there still, and sends for all of them.
  const later = ask('d');
  await momentEnds();
  expect(await later).toEqual(ip('d'));
  expect(calls.slice(1)).toEqual([
    ['t', 'alone', ['b'], 0],
    ['t', 'alone', ['c'], 0],
    ['t', 'alone', ['d'], 0],
  ]);
});

it('is asked for by nobody once its caller has left, and asks no more itself', async () => {
  const { ask, calls, momentEnds, ringsLeft } = setUp();
  await ask('a');
  const left = new AbortController();
  const asked = [ask('b', 't', left), ask('c'), ask('d')];
  left.abort();
  expect(await asked[0]).toEqual({ ok: false, code: 'LEFT' });
  await momentEnds();
  expect(await Promise.all(asked.slice(1))).toEqual([ip('c'), ip('d')]);
  expect(calls.slice(1)).toEqual([['t', 'together', ['c', 'd'], 0]]);
  expect(ringsLeft()).toBe(0);
});

it('asks no more when its caller leaves while it is asked for: the Rotor is told, and has it once', async () => {
  const { ask, calls, isolate, momentEnds } = setUp();
  await ask('a');
  const left = new AbortController();
  isolate.together = async (requests) => {
    left.abort();
    return requests.map(({ checkoutId }) => ip(checkoutId));
  };
  const asked = [ask('b', 't', left), ask('c')];
  await momentEnds();
  expect(await Promise.all(asked)).toEqual([{ ok: false, code: 'LEFT' }, ip('c')]);
  expect(calls.slice(1)).toEqual([['t', 'together', ['b', 'c'], 0]]);
});

it('asks alone whatever others do where no request may wait for another', async () => {
  const { ask, calls } = setUp({ mayWaitForOthers: false });
  await Promise.all([ask('a'), ask('b'), ask('c')]);
  expect(calls.map(([, how]) => how)).toEqual(['alone', 'alone', 'alone']);
});
