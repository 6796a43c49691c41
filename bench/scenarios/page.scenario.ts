import type { Page } from 'playwright-core';
import { hasBrowser, openPage, startBrowser } from '../../test/support/browser.ts';
import { manyProxiesStatement } from '../../test/support/many-proxies.ts';
import { startWorkerProcess } from '../../test/support/worker-process.ts';
import { type MainThreadFigures, traceMainThread } from '../measure/main-thread.ts';
import type { BenchRow, Scenario } from '../scenario.types.ts';

const PROXIES = 100_000;
/** Of filters that are changed one after the other. */
const COUNTRIES = ['DE', 'US', 'JP', 'BR', 'FR'];
/** From the first row to the last, page after page. */
const SCROLL_WITHIN_MS = 300_000;

/** Scrolls to the end as fast as the pages come: an input event never waits longer than the longest task. */
async function scrollToEnd(page: Page, count: number): Promise<void> {
  await page.evaluate(`new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error('the end was not reached')), ${SCROLL_WITHIN_MS});
    const scroller = document.querySelector('.table-scroller');
    const step = () => {
      scroller.scrollBy(0, 4_000);
      if (document.querySelector('tr[aria-rowindex="${count + 1}"]') === null) return requestAnimationFrame(step);
      clearTimeout(giveUp);
      resolve();
    };
    step();
  })`);
}

async function filterBy(page: Page): Promise<void> {
  for (const country of COUNTRIES) {
    await page.getByLabel('Country').fill(country);
    await page.getByRole('cell', { name: country, exact: true }).first().waitFor();
  }
}

function rowOf(what: string, { longestMs, longestProcessorMs, tasks }: MainThreadFigures): BenchRow {
  const detail = `${tasks} tasks; the longest used the processor for ${longestProcessorMs.toFixed(1)} ms`;
  return { what, value: longestMs, unit: 'ms', target: { atMost: 100 }, detail };
}

/** The table of proxies in a real browser: does anything keep the page from answering? */
export const pageScenario: Scenario = {
  name: 'page',
  describe: "the longest block of the dashboard's main thread while a long table is scrolled and filtered, in Chromium",
  async run({ size }, progress) {
    if (!hasBrowser) throw new Error('there is no Chromium here: apt-get install chromium');
    const worker = await startWorkerProcess();
    const browser = await startBrowser();
    try {
      const count = Math.ceil(PROXIES * size);
      const lot = { count, poolNumber: 0, addressBlock: 0, firstRevision: 1 };
      await worker.database.prepare(manyProxiesStatement(lot)).run();
      const signIn = `sessionStorage.setItem('switchyard.key', ${JSON.stringify(worker.adminKey)})`;
      const { page } = await openPage(browser, worker.baseUrl, '/#/proxies', signIn);
      await page.getByText(`${count.toLocaleString('en')} in this list`).waitFor();
      const scrolled = await traceMainThread(browser, page, () => scrollToEnd(page, count));
      progress(`scrolled through ${count} rows`);
      const filtered = await traceMainThread(browser, page, () => filterBy(page));
      progress(`filtered by ${COUNTRIES.length} countries`);
      return [
        rowOf(`longest main-thread block while ${count} rows are scrolled through`, scrolled),
        rowOf('longest main-thread block while that table is filtered', filtered),
      ];
    } finally {
      await browser.close();
      await worker.stop();
    }
  },
};
