import { describe, expect, it } from 'vitest';
import type { Arrival } from '../../support/routing-peers.ts';
import { dataOf } from '../graphql/ask.ts';
import { arrivalsOf, bad, errorOf, forward, freshTarget, good, origin } from './support.ts';

const headersOf = (response: Response) =>
  ['x-proxy-ip', 'x-proxy-attempts', 'x-proxy-queue-ms'].map((name) => response.headers.get(name));

/** Adds targets over one pool, in this order; each by its regex, with one IP that nobody else has. */
async function addTargets(regexes: readonly string[]): Promise<string> {
  const name = `rule-${crypto.randomUUID()}`;
  const all = regexes.map((regex, index) => {
    const own = `${name}-${index}`;
    const target = `{name: "${own}", regex: ${JSON.stringify(regex.replaceAll('NAME', name))}, poolName: "${own}", numRetries: 0}`;
    return `p${index}: addProvider(input: {name: "${own}", ipList: ["${good[index]}"]}) { name }
      q${index}: addPool(input: {name: "${own}", ipRequests: [{provider: "${own}", count: 1}]}) { name }
      t${index}: addTarget(input: ${target}) { name }`;
  });
  await dataOf(`mutation { ${all.join('\n')} }`);
  return name;
}

describe('which target a URL belongs to', () => {
  it('is the first that matches, in the order of creation, searched for in the whole URL', async () => {
    const name = await addTargets([
      String.raw`^http://127\.0\.0\.1:\d+/echo/only\?for=NAME$`,
      String.raw`127\.0\.0\.1:(?P<port>\d+)/.*NAME`,
      '^http://.*NAME',
    ]);
    const through = async (path: string) => headersOf(await forward(`${origin}${path}?for=${name}`))[0];
    expect(await through('/echo/only')).toBe(good[0]);
    expect(await through('/echo/others')).toBe(good[1]);
    // What was first is changed, and stays where it was.
    const input = `{name: "${name}-0", regex: ${JSON.stringify(`^http://.*${name}`)}, poolName: "${name}-0"}`;
    await dataOf(`mutation { updateTarget(input: ${input}) { name } }`);
    expect(await through('/echo/others')).toBe(good[0]);
  });

  it('is none where its regex is only found behind the host: whoever names one in a path, a query or a fragment', async () => {
    const name = await addTargets(['host-of-NAME']);
    for (const url of [
      `${origin}/echo/host-of-${name}`,
      `${origin}/echo?host-of-${name}`,
      `${origin}/echo#host-of-${name}`,
      `${origin}/http://host-of-${name}/`,
    ]) {
      expect(await errorOf(await forward(url))).toEqual({ status: 502, code: 'NO_TARGET' });
    }
    // The same as a host: the proxy, which leads nowhere but to this machine, is asked for it.
    expect(headersOf(await forward(`http://host-of-${name}/`))[0]).toBe(good[0]);
  });
});

describe('how often a request is tried', () => {
  it.each([
    [null, 3],
    ['0', 1],
    ['1', 2],
    ['4', 5],
    ['10', 11],
    ['999999999', 11],
    ['-1', 3],
    ['many', 3],
    ['2.5', 3],
  ])('X-Proxy-Hopper-Retries: %s, where the target says two: %i times', async (retries, attempts) => {
    const target = await freshTarget([bad.limited ?? ''], { numRetries: 2, ipFailuresUntilQuarantine: 1_000 });
    const headers = retries === null ? {} : { 'x-proxy-hopper-retries': retries };
    const answer = await forward(target.url('/'), { headers });
    expect([answer.status, answer.headers.get('x-proxy-attempts')]).toEqual([429, String(attempts)]);
    await answer.text();
  });

  it('is once where one IP is forced, however often it says; and the IP is that one, in whichever spelling', async () => {
    const [first = '', second = ''] = [bad.limited, good[0]];
    const target = await freshTarget([first, second], { numRetries: 5 });
    const forced = await forward(target.url('/'), {
      headers: { 'x-proxy-hopper-force-ip': first.replace('http://', ''), 'x-proxy-hopper-retries': '3' },
    });
    expect([forced.status, ...headersOf(forced).slice(0, 2)]).toEqual([429, first, '1']);
    await forced.text();
  });
});

describe('an IP that failed too often in a row', () => {
  it('is back after its quarantine on probation: one more failure is enough', async () => {
    const [failing = ''] = [bad.limited];
    const quarantineTimeMs = 400;
    const target = await freshTarget([failing], { numRetries: 0, ipFailuresUntilQuarantine: 3, quarantineTimeMs });
    const fail = async () => expect((await (await forward(target.url('/'))).text()).length).toBeGreaterThan(0);
    const state = () => expect.poll(async () => (await target.rotor.states())[0], { timeout: 10_000 });
    for (const failures of [1, 2]) {
      await fail();
      await state().toMatchObject({ state: 'FREE', failures });
    }
    await fail();
    await expect.poll(async () => (await target.rotor.metrics()).quarantines).toBe(1);
    // Whoever asks meanwhile waits for its end.
    await fail();
    await expect.poll(async () => (await target.rotor.metrics()).quarantines).toBe(2);
    await state().toMatchObject({ state: 'FREE', failures: 4 });
  });
});

describe('a refusal of a request that had a target', () => {
  it('says how it came through, as an answer does', async () => {
    const target = await freshTarget([bad.limited ?? ''], {
      numRetries: 1,
      minRequestIntervalMs: 60_000,
      maxQueueWaitMs: 300,
    });
    const afterTry = await forward(target.url('/'));
    expect(await errorOf(afterTry.clone())).toEqual({ status: 503, code: 'QUEUE_TIMEOUT' });
    expect(headersOf(afterTry).slice(0, 2)).toEqual([bad.limited, '1']);
    expect(Number(headersOf(afterTry)[2])).toBeGreaterThanOrEqual(300);
    const atOnce = await forward(target.url('/'));
    expect([atOnce.status, ...headersOf(atOnce).slice(0, 2)]).toEqual([503, null, '0']);
    expect(Number(headersOf(atOnce)[2])).toBeGreaterThanOrEqual(300);
    const unknown = await forward(target.url('/'), { headers: { 'x-proxy-hopper-force-ip': '10.0.0.1:1' } });
    expect([unknown.status, ...headersOf(unknown)]).toEqual([502, null, '0', '0']);
  });
});

describe('a retry', () => {
  it('waits for an IP as anyone does when the others are used up, and its wait is counted', async () => {
    const target = await freshTarget([bad.limited ?? '', bad.badGateway ?? ''], {
      numRetries: 2,
      minRequestIntervalMs: 700,
      ipFailuresUntilQuarantine: 1_000,
      maxQueueWaitMs: 30_000,
    });
    const answer = await forward(target.url('/'));
    expect([answer.status, answer.headers.get('x-proxy-attempts')]).toEqual([429, '3']);
    expect(Number(answer.headers.get('x-proxy-queue-ms'))).toBeGreaterThan(100);
    await answer.text();
  });

  it('takes 429, 502, 503 and 504 elsewhere, and passes everything else on', async () => {
    const target = await freshTarget(good.slice(0, 2), { numRetries: 1, ipFailuresUntilQuarantine: 1_000 });
    for (const [status, attempts] of [
      [429, '2'],
      [502, '2'],
      [503, '2'],
      [504, '2'],
      [500, '1'],
      [501, '1'],
      [408, '1'],
      [403, '1'],
      [404, '1'],
    ] as const) {
      const answer = await forward(target.url(`/status/${status}`));
      expect([answer.status, answer.headers.get('x-proxy-attempts'), await answer.text()]).toEqual([
        status,
        attempts,
        'the answer',
      ]);
      const tries = (await arrivalsOf(target)).filter(({ url }: Arrival) => url.startsWith(`/status/${status}?`));
      expect(new Set(tries.map(({ from }) => from)).size).toBe(Number(attempts));
    }
  });
});
