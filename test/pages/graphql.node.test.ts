import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openPage, PAGE_LIMIT_MS, startBrowser } from '../support/browser.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

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

describe.skipIf(!hasBrowser)('/graphql in a browser without the world', { timeout: PAGE_LIMIT_MS }, () => {
  it('asks what is typed with the key that is typed, explains the schema, and keeps nothing', async () => {
    const playground = await openPage(browser, worker.baseUrl, '/graphql');
    const { page } = playground;
    expect(await page.title()).toBe('Switchyard GraphQL');
    await page.getByLabel('API key').fill(worker.adminKey);
    await page.getByRole('button', { name: 'Use' }).click();
    await page.getByText('Asking as admin.').waitFor();
    await page.locator('.graphiql-execute-button').click();
    const answer = page.locator('.result-window .CodeMirror-code');
    await expect.poll(() => answer.textContent(), { timeout: PAGE_LIMIT_MS }).toContain('"userRole": "admin"');
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer-content').getByText('Mutation', { exact: true }).first().click();
    await page.getByText('addIpToProvider').first().waitFor();
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, '']);
    const { complaints, strayRequests, failedRequests } = playground;
    expect({ complaints, strayRequests, failedRequests }).toEqual({
      complaints: [],
      strayRequests: [],
      failedRequests: [],
    });
    await playground.close();
  });

  it('says that a key is not good, and asks nothing with it', async () => {
    const playground = await openPage(browser, worker.baseUrl, '/graphql');
    await playground.page.getByLabel('API key').fill('pp_nobody');
    await playground.page.getByRole('button', { name: 'Use' }).click();
    await playground.page.getByText('A valid API key is required.').waitFor();
    expect(await playground.page.locator('.graphiql-container').count()).toBe(0);
    await playground.close();
  });
});
