import type { ScheduledJob } from '../../schedules.ts';
import type { Services } from '../../services.ts';
import { MAX_APPLY_ROWS } from '../leases/lease-book.client.ts';

/** Pages a book pulls at one tick: 20,000 proxies a minute rebuild a lost book of 100,000 in five. */
export const MAX_PAGES_PER_TICK = 20;

/** Brings one pool's book up to date; returns how many rows it was told. */
async function syncBook({ leaseBookOf, bookNews }: Services, poolNumber: number): Promise<number> {
  const book = leaseBookOf(poolNumber);
  let watermark = await book.watermark();
  let told = 0;
  for (let page = 0; page < MAX_PAGES_PER_TICK; page += 1) {
    const rows = await bookNews.changesSince(poolNumber, watermark, MAX_APPLY_ROWS);
    const last = rows.at(-1);
    if (!last) break;
    await book.applyPulled({ rows, watermark: last.revision });
    told += rows.length;
    watermark = last.revision;
    if (rows.length < MAX_APPLY_ROWS) break;
  }
  return told;
}

/** Each minute: every pool's lease book pulls what is past its watermark, so that no lost delta stays lost. */
export const syncBooksJob: ScheduledJob = {
  name: 'sync lease books',
  process: 'lease-reaper',
  async run(services) {
    let told = 0;
    for (const poolNumber of await services.bookNews.poolNumbers()) told += await syncBook(services, poolNumber);
    return told === 0 ? null : `lease books pulled ${told} changed proxies`;
  },
};
