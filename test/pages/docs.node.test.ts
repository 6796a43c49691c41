import type { Browser, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '../support/axe.ts';
import { brightness } from '../support/brightness.ts';
import { openPage } from '../support/browser.ts';
import { keepScreenshot } from '../support/dashboard-yard.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages, startBarePages } from '../support/pages.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

interface Document {
  paths: Record<string, Record<string, unknown>>;
  webhooks: Record<string, unknown>;
}

/** Swagger UI's own: buttons with a link and a button in them, and one that is called another name than it shows. */
const LIBRARY_MARKUP = ['nested-interactive', 'label-content-name-mismatch'];

let worker: WorkerProcess;
let browser: Browser;

beforePages(startBarePages, (opened) => {
  ({ worker, browser } = opened);
});

/** Gives the page the admin's key; its dialog stays open. */
async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  const dialog = page.locator('.auth-container');
  await dialog.locator('input').fill(worker.adminKey);
  await dialog.getByRole('button', { name: 'Apply credentials' }).click();
}

describePages('/docs in a browser without the world', () => {
  it('draws every operation and nobody complains', async () => {
    const { paths, webhooks } = (await worker.call<Document>('GET', '/openapi.json')).body;
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods));
    const docs = await openPage(browser, worker.baseUrl, '/docs');
    await docs.page.locator('.opblock').first().waitFor();
    expect(await docs.page.locator('.opblock').count()).toBe(operations.length + Object.keys(webhooks).length);
    expect(await docs.page.title()).toBe('Switchyard API');
    expectNoTrouble(docs);
    await docs.close();
  });

  it('tries an operation with a key that is kept nowhere', async () => {
    const docs = await openPage(browser, worker.baseUrl, '/docs');
    const { page } = docs;
    await signIn(page);
    await page.locator('.close-modal').click();
    const operation = page
      .locator('.opblock-get')
      .filter({ has: page.locator('.opblock-summary-path[data-path="/account"]') });
    await operation.locator('.opblock-summary').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response-col_status');
    await answer.last().waitFor();
    expect((await answer.last().textContent())?.trim()).toMatch(/^200/);
    const kept = await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]');
    expect(kept).toEqual([0, 0, '']);
    expectNoTrouble(docs);
    await docs.close();
  });

  it('is usable by everyone in light and in dark', async () => {
    const docs = await openPage(browser, worker.baseUrl, '/docs');
    const { page } = docs;
    const expectUsable = async (name: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expect.poll(() => brightness(page, '.swagger-ui')).toBe(colorScheme);
        expect([name, colorScheme, await seriousFindings(page, LIBRARY_MARKUP)]).toEqual([name, colorScheme, []]);
        await keepScreenshot(page, `${name}-${colorScheme}`);
      }
    };
    // A few operations of each method: with all of them on the page axe-core takes a minute.
    const show = async (path: string) => {
      await page.locator('.operation-filter-input').fill(path);
      // What is sent to webhooks stays whatever the filter says.
      await expect.poll(() => page.locator('.opblock').count()).toBeLessThan(30);
      for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
        const summary = page.locator(`.opblock-${method}:not(.is-open) .opblock-summary-control`).first();
        if ((await summary.count()) > 0) await summary.click();
      }
    };
    await show('/admin/accounts');
    await signIn(page);
    await expectUsable('docs-key');
    await page.locator('.close-modal').click();
    const operation = page.locator('.opblock-get').first();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table').waitFor();
    await expectUsable('docs');
    await show('/credentials');
    await expectUsable('docs-put');
    expectNoTrouble(docs);
    await docs.close();
  });

  it('would notice a page that reaches outside, or complains', async () => {
    const docs = await openPage(browser, worker.baseUrl, '/robots.txt');
    await docs.page.evaluate(`
      const image = document.createElement('img');
      image.src = 'http://cdn.example/pixel.png';
      const script = document.createElement('script');
      script.textContent = 'window.inline = true;';
      document.body.append(image, script);
    `);
    await expect.poll(() => docs.complaints.length).toBeGreaterThanOrEqual(2);
    expect(docs.complaints.join('\n')).toContain('cdn.example');
    expect(await docs.page.evaluate("'inline' in window")).toBe(false);
    await docs.close();
  });
});
