import type { Browser } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '../support/axe.ts';
import { brightness } from '../support/brightness.ts';
import { openPage, PAGE_LIMIT_MS } from '../support/browser.ts';
import { keepScreenshot } from '../support/dashboard-yard.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages, startBarePages } from '../support/pages.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

/** CodeMirror's own: it scrolls by the cursor in it, and its box takes no focus beside. */
const LIBRARY_MARKUP = ['scrollable-region-focusable'];

let worker: WorkerProcess;
let browser: Browser;

beforePages(startBarePages, (opened) => {
  ({ worker, browser } = opened);
});

describePages('/graphql in a browser without the world', () => {
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
    expectNoTrouble(playground);
    await playground.close();
  });

  it('runs what is put in place of its first query at once', async () => {
    const playground = await openPage(browser, worker.baseUrl, '/graphql');
    const { page } = playground;
    await page.getByLabel('API key').fill(worker.adminKey);
    await page.getByRole('button', { name: 'Use' }).click();
    await page.locator('.graphiql-query-editor .CodeMirror-code').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{ targets { name } }');
    await page.keyboard.press('Control+Enter');
    const answer = page.locator('.result-window .CodeMirror-code');
    await expect.poll(() => answer.textContent(), { timeout: PAGE_LIMIT_MS }).toContain('"targets": [');
    expectNoTrouble(playground);
    await playground.close();
  });

  it.each(['light', 'dark'] as const)('is usable by everyone in %s', async (colorScheme) => {
    const playground = await openPage(browser, worker.baseUrl, '/graphql');
    const { page } = playground;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await seriousFindings(page, LIBRARY_MARKUP)).toEqual([]);
    await page.getByLabel('API key').fill(worker.adminKey);
    await page.getByRole('button', { name: 'Use' }).click();
    await page.locator('.graphiql-execute-button').click();
    await page.locator('.result-window .CodeMirror-code').getByText('userRole').waitFor();
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer-content').getByText('Mutation', { exact: true }).first().waitFor();
    await keepScreenshot(page, `graphql-${colorScheme}`);
    expect([await brightness(page, 'html'), await brightness(page, '.graphiql-container')]).toEqual([
      colorScheme,
      colorScheme,
    ]);
    expect(await seriousFindings(page, LIBRARY_MARKUP)).toEqual([]);
    expectNoTrouble(playground);
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
