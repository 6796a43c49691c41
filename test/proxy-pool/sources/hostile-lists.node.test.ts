import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../../bench/host/host.ts';
import { peakResidentMib, residentMib } from '../../../bench/measure/process-figures.ts';
import { testBindings } from '../../support/bindings.ts';
import { type SourcePeers, startSourcePeers } from '../../support/source-peers.ts';

/** What the platform gives an isolate; here it bounds the growth of the whole process, databases and all. */
const ISOLATE_MIB = 128;

const headers = { authorization: `Bearer ${testBindings.ADMIN_API_KEY}`, 'content-type': 'application/json' };

let host: Host;
let peers: SourcePeers;

/** Makes a source of what is at a path of the peers, and scrapes it; the code of the refusal, or null. */
async function scrape(path: string): Promise<string | null> {
  const { url } = host.part('product');
  const body = JSON.stringify({ url: `${peers.addresses.lists}${path}`, is_active: false });
  const source = await (await fetch(`${url}/sources`, { method: 'POST', headers, body })).json();
  const reply = await fetch(`${url}/sources/${Object(source).id}/scrape`, { method: 'POST', headers });
  return Object(await reply.json()).error?.code ?? null;
}

describe.skipIf(process.platform !== 'linux')('a list that wants all memory', () => {
  let residentBefore = 0;

  beforeAll(async () => {
    peers = await startSourcePeers();
    // Without a judge nothing is checked: nobody dials what the lists name.
    host = await startHost({ workers: ['product'], variables: { JUDGE_URL: '' } });
    // Code and caches that any scrape needs are there before one is weighed.
    expect(await scrape('/lines.txt')).toBeNull();
    residentBefore = await residentMib(host.workerdPid);
  }, 120_000);

  afterAll(async () => {
    await host?.stop();
    await peers?.close();
  });

  it.each([
    ['half a GiB in some hundred KiB of gzip', '/gzip-bomb.txt'],
    ['lines without end', '/endless.txt'],
    ['a line without end', '/endless-line.txt'],
    ['a text without end in JSON', '/endless-text.json'],
  ])('%s: it is refused, and the Worker stays within its memory', { timeout: 120_000 }, async (_what, path) => {
    expect(await scrape(path)).toBe('SOURCE_TOO_LARGE');
    // The most that it ever was, so of all that came before, too.
    expect((await peakResidentMib(host.workerdPid)) - residentBefore).toBeLessThan(ISOLATE_MIB);
  });
});
