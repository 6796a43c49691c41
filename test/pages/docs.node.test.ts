import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openPage, PAGE_LIMIT_MS, startBrowser } from '../support/browser.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

interface Document {
  paths: Record<string, Record<string, unknown>>;
  webhooks: Record<string, unknown>;
}

let worker: WorkerProcess;
let browser: Browser;

beforeAll(async () => {
  if (!hasBrowser) return;
  worker = await startWorkerProcess();
  browser = await startBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await worker?.stop();
}, 60_000);

describe.skipIf(!hasBrowser)('/docs in a browser without the world', { timeout: PAGE_LIMIT_MS }, () => {
  it('draws every operation and nobody complains', async () => {
    const { paths, webhooks } = (await worker.call<Document>('GET', '/openapi.json')).body;
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods));
    const docs = await openPage(browser, worker.baseUrl, '/docs');
    await docs.page.locator('.opblock').first().waitFor();
    expect(await docs.page.locator('.opblock').count()).toBe(operations.length + Object.keys(webhooks).length);
    expect(await docs.page.title()).toBe('Switchyard API');
    const { complaints, strayRequests, failedRequests } = docs;
    expect({ complaints, strayRequests, failedRequests }).toEqual({
      complaints: [],
      strayRequests: [],
      failedRequests: [],
    });
    await docs.close();
  });

  it('tries an operation with a key that is kept nowhere', async () => {
    const docs = await openPage(browser, worker.baseUrl, '/docs');
    const { page } = docs;
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page.locator('.auth-container');
    await dialog.locator('input').fill(worker.adminKey);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
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
    expect(docs.complaints).toEqual([]);
    expect(docs.strayRequests).toEqual([]);
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
