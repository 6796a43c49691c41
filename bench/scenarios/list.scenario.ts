import { manyProxiesStatement } from '../../test/support/many-proxies.ts';
import { startHost } from '../host/host.ts';
import { databaseOf, registerAccount } from '../host/inventory.ts';
import type { MeterReading } from '../metered/metered.worker.ts';
import type { Scenario } from '../scenario.types.ts';

const PROXIES = 100_000;
const LIST = '/proxies?status=active&country=US&sort=score&limit=50';

interface Page {
  next_cursor: string | null;
  total_count: number;
}

/** Every page of the list that a customer looks at most. */
export const listScenario: Scenario = {
  name: 'list',
  describe: 'rows that D1 reads for each page of the living proxies of a country',
  async run({ size }, progress) {
    const host = await startHost({ workers: ['metered'] });
    try {
      const count = Math.ceil(PROXIES * size);
      const database = await databaseOf(host, 'metered');
      await database.prepare(manyProxiesStatement({ count, poolNumber: 0, addressBlock: 0, firstRevision: 1 })).run();
      const metered = host.part('metered');
      const key = await registerAccount(metered);
      await metered.call<Page>('GET', LIST, { key });
      await metered.call('GET', '/meter/take');
      const pages: { read: number; counted: number }[] = [];
      let total = 0;
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Page = await metered.call('GET', cursor === '' ? LIST : `${LIST}&cursor=${cursor}`, { key });
        const reading = await metered.call<MeterReading>('GET', '/meter/take');
        pages.push({ read: reading.database.read, counted: reading.listCounts.read });
        total = page.total_count;
        cursor = page.next_cursor;
      }
      progress(`${pages.length} pages of ${total} proxies`);
      const [first, last] = [pages[0]?.read ?? 0, pages.at(-1)?.read ?? 0];
      return [
        {
          what: `rows read for a page of 50 of ${count} proxies, the worst of ${pages.length} pages`,
          value: Math.max(...pages.map(({ read }) => read)),
          unit: 'rows',
          target: { atMost: 200 },
          detail: `first page ${first}, last page ${last}`,
        },
        {
          what: 'rows read for its total_count',
          value: Math.max(...pages.map(({ counted }) => counted)),
          unit: 'rows',
          target: null,
          detail: `${total} proxies match`,
        },
      ];
    } finally {
      await host.stop();
    }
  },
};
