import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../../bench/host/host.ts';
import { databaseOf } from '../../../bench/host/inventory.ts';
import { heapMib } from '../../../bench/measure/heap.ts';
import { processorMs, toMib } from '../../../bench/measure/process-figures.ts';
import type { MeterReading } from '../../../bench/metered/metered.worker.ts';
import { claimPort } from '../../../dev/start/ports.ts';
import { EXPORT_PAGE_ROWS } from '../../../src/platform/http/exports.ts';
import { testBindings } from '../../support/bindings.ts';
import { manyProxiesStatement } from '../../support/many-proxies.ts';

/** So many that no buffers of sockets, which take some MiB, hold what is written of them. */
const PROXIES = 100_000;
/** Stored at once: a statement may not take too long. */
const LOT = 25_000;
/** What an export holds is a page, on its way from rows to bytes; all of it would be far more. */
const MAX_HELD_MIB = 6;
/** The Worker does nothing more when it used no processor time for so long. */
const QUIET_MS = 600;
/** What a process uses that does nothing. */
const QUIET_PROCESSOR_MS = 20;

const adminHeaders = { authorization: `Bearer ${testBindings.ADMIN_API_KEY}` };

let host: Host;
let inspectorPort: number;

const metered = () => host.part('metered');

async function heldMib(): Promise<number> {
  await metered().call('GET', '/meter/collect-garbage');
  return heapMib(inspectorPort, 'metered');
}

async function rowsRead(): Promise<number> {
  return (await metered().call<MeterReading>('GET', '/meter/take')).database.read;
}

/** Waits until the Worker has done what it does without being asked for more. */
async function workerIsQuiet(): Promise<void> {
  for (let before = await processorMs(host.workerdPid); ; ) {
    await sleep(QUIET_MS);
    const now = await processorMs(host.workerdPid);
    if (now - before < QUIET_PROCESSOR_MS) return;
    before = now;
  }
}

/** Asks for an export and reads nothing of it yet. */
async function openExport(query: string): Promise<IncomingMessage> {
  const asking = get(`${metered().url}/proxies/export?${query}`, { headers: adminHeaders, agent: false });
  const [answer]: IncomingMessage[] = await once(asking, 'response');
  if (answer?.statusCode !== 200) throw new Error(`the export answered ${answer?.statusCode}`);
  return answer.pause();
}

describe.skipIf(process.platform !== 'linux')(`an export of ${PROXIES} proxies`, () => {
  beforeAll(async () => {
    inspectorPort = await claimPort(0);
    host = await startHost({
      workers: ['metered'],
      variables: { JUDGE_URL: '' },
      inspectorPort,
      v8Flags: '--expose-gc',
    });
    const database = await databaseOf(host, 'metered');
    for (let stored = 0; stored < PROXIES; stored += LOT) {
      const lot = { count: LOT, poolNumber: 0, addressBlock: 20 + stored / LOT, firstRevision: stored + 1 };
      await database.prepare(manyProxiesStatement(lot)).run();
    }
    // Code and caches that any export needs are there before one is weighed.
    for (const format of ['csv', 'json'])
      await metered().text(`/proxies/export?format=${format}&country=US`, adminHeaders);
  }, 240_000);

  afterAll(() => host?.stop());

  it.each([
    ['csv', 1],
    ['json', 2],
  ])(
    'as %s waits in the database for who is slow to read it, and is whole then',
    { timeout: 240_000 },
    async (format, extraLines) => {
      const before = await heldMib();
      await rowsRead();
      const answer = await openExport(`format=${format}`);
      await workerIsQuiet();
      const readAhead = await rowsRead();
      expect(readAhead).toBeGreaterThanOrEqual(EXPORT_PAGE_ROWS);
      expect((await heldMib()) - before).toBeLessThan(MAX_HELD_MIB);

      let text = '';
      for await (const piece of answer.setEncoding('utf8')) text += piece;
      const ids = text.match(/0190[0-9a-f]{4}-0000-7000-8000-[0-9a-f]{12}/g);
      expect(new Set(ids).size).toBe(PROXIES);
      expect(text.trimEnd().split('\n')).toHaveLength(PROXIES + extraLines);
      expect(toMib(text.length)).toBeGreaterThan(2 * MAX_HELD_MIB);
      // What is on the way in the sockets' buffers was read; most was not, before it was asked for.
      expect(readAhead).toBeLessThan(await rowsRead());
    },
  );
});
