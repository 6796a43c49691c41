import { expect, it } from 'vitest';
import { type BufferedReports, createRotorReports } from '../../../src/routing/forward/rotor-reports.ts';
import type { RequestReport } from '../../../src/routing/rotation/rotation.types.ts';

/** An isolate whose clock and waits a test moves by hand, and what its Rotors were told. */
function setUp() {
  const told: [string, RequestReport[]][] = [];
  const works: Promise<unknown>[] = [];
  const waits: (() => void)[] = [];
  const buffered: BufferedReports = new Map();
  let nowMs = 1_000;
  const log = () => undefined;
  const reports = createRotorReports({
    buffered,
    rotorOf: (name) => ({
      report: async (requests) => {
        told.push([name, [...requests]]);
        return requests.map(() => ({ ok: true }));
      },
    }),
    clock: { nowMs: () => nowMs },
    logger: { debug: log, info: log, warn: log, error: log },
    waitUntil: (work) => void works.push(work),
    wait: () => new Promise<void>((resolve) => waits.push(resolve)),
  });
  return {
    reports,
    told,
    pass: (ms: number) => {
      nowMs += ms;
    },
    async waitsEnd() {
      for (const end of waits.splice(0)) end();
      await Promise.all(works.splice(0));
    },
  };
}

const ended = (checkoutId: string) => ({ checkoutId, outcome: 'success', sentAtMs: 990, latencyMs: 5 }) as const;
const report = (checkoutId: string, sentAgoMs: number) => ({ checkoutId, outcome: 'success', sentAgoMs, latencyMs: 5 });

it('goes with the next call to the same Rotor, aged by what it waited, and once', async () => {
  const { reports, told, pass, waitsEnd } = setUp();
  reports.add('t', ended('one'));
  reports.add('t', ended('two'));
  reports.add('other', ended('three'));
  pass(3);
  expect(await reports.with('t', async (taken) => taken)).toEqual([report('one', 13), report('two', 13)]);
  expect(await reports.with('t', async (taken) => taken)).toEqual([]);
  await waitsEnd();
  expect(told).toEqual([['other', [report('three', 13)]]]);
});

it('goes by itself soon when nobody calls, and at once where somebody waits for the IP', async () => {
  const { reports, told, waitsEnd } = setUp();
  reports.add('t', ended('one'));
  await reports.send('t', ended('two'));
  expect(told).toEqual([['t', [report('one', 10), report('two', 10)]]]);
  reports.add('t', ended('three'));
  await waitsEnd();
  expect(told.slice(1)).toEqual([['t', [report('three', 10)]]]);
});

it('waits again when the call that took it along has failed', async () => {
  const { reports, told, waitsEnd } = setUp();
  reports.add('t', ended('one'));
  const failing = reports.with('t', async () => {
    throw new Error('the rotor is away');
  });
  await expect(failing).rejects.toThrow('the rotor is away');
  await waitsEnd();
  expect(told).toEqual([['t', [report('one', 10)]]]);
});
