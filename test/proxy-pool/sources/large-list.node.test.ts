import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../../bench/host/host.ts';
import { peakResidentMib, processorMs, residentMib } from '../../../bench/measure/process-figures.ts';
import type { MeterReading } from '../../../bench/metered/metered.worker.ts';
import { testBindings } from '../../support/bindings.ts';

const ENTRIES = 200_000;
/** What the platform gives an isolate, its heap and all beside it; here it bounds the growth of the whole process. */
const ISOLATE_MIB = 128;
/** What the platform gives an invocation unless told otherwise; here the databases' time counts too. */
const PROCESSOR_LIMIT_MS = 30_000;

const body = Buffer.from(
  Array.from(
    { length: ENTRIES },
    (_, index) => `http://10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:${1_024 + (index % 60_000)}`,
  ).join('\n'),
);

/** What is read first, so that code and caches that any scrape needs are there before one is weighed. */
const shortBody = Buffer.from('http://10.200.0.1:8080\n');

let host: Host;
let server: Server;

async function scrape(sourceId: string) {
  const metered = host.part('metered');
  await metered.call('GET', '/meter/take');
  const processorBefore = await processorMs(host.workerdPid);
  const key = testBindings.ADMIN_API_KEY;
  const result = await metered.call<Record<string, unknown>>('POST', `/sources/${sourceId}/scrape`, { key });
  const usedMs = (await processorMs(host.workerdPid)) - processorBefore;
  const { database } = await metered.call<MeterReading>('GET', '/meter/take');
  return { result, usedMs, rowsWritten: database.written };
}

describe.skipIf(process.platform !== 'linux')('a list of 200,000 entries', () => {
  let sourceId = '';

  beforeAll(async () => {
    server = createServer((request, answer) => {
      const sent = request.url === '/short.txt' ? shortBody : body;
      answer.writeHead(200, { 'content-type': 'text/plain', 'content-length': sent.length }).end(sent);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    // Without a judge nothing is checked: nobody dials what the list names.
    host = await startHost({ workers: ['metered'], variables: { JUDGE_URL: '' } });
    const addSource = async (name: string) =>
      host.part('metered').call<{ id: string }>('POST', '/sources', {
        key: testBindings.ADMIN_API_KEY,
        json: { url: `http://127.0.0.1:${address.port}/${name}`, is_active: false },
      });
    await scrape((await addSource('short.txt')).id);
    sourceId = (await addSource('list.txt')).id;
  }, 120_000);

  afterAll(async () => {
    server?.close();
    await host?.stop();
  });

  it('is scraped in one go, within the memory and the processor time of one invocation', async () => {
    const residentBefore = await residentMib(host.workerdPid);
    const { result, usedMs } = await scrape(sourceId);
    expect(result).toMatchObject({ proxies_discovered: ENTRIES, proxies_new: ENTRIES, truncated: false });
    expect((await peakResidentMib(host.workerdPid)) - residentBefore).toBeLessThan(ISOLATE_MIB);
    expect(usedMs).toBeLessThan(PROCESSOR_LIMIT_MS);
  }, 300_000);

  it('is scraped again for less than a row written for 100 entries', async () => {
    const { result, rowsWritten } = await scrape(sourceId);
    expect(result).toMatchObject({ proxies_discovered: ENTRIES, proxies_new: 0 });
    expect(rowsWritten).toBeLessThan(ENTRIES / 100);
  }, 300_000);
});
