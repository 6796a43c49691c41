import { expect, it } from 'vitest';
import { keepScreenshot, startYard, type Yard } from '../support/dashboard-yard.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages } from '../support/pages.ts';

let yard: Yard;

beforePages(startYard, (opened) => {
  yard = opened;
});

describePages('operating it from the dashboard', () => {
  it('stops a process, which then does nothing, starts it again, and shows its log as it is written', async () => {
    const watched = await yard.open(await yard.newAccount('Margaret', 'operator'), '#/processes');
    const { page } = watched;
    await page.getByRole('button', { name: 'Stop retention' }).click();
    await page.getByRole('button', { name: 'Start retention' }).waitFor();
    const { body: stopped } = await yard.worker.call<{ status: string }>('GET', '/api/v1/processes/retention');
    expect(stopped.status).toBe('stopped');
    await keepScreenshot(page, 'processes');
    await page.getByRole('button', { name: 'Start retention' }).click();
    await page.getByRole('button', { name: 'Restart retention' }).click();
    await page.getByText('Restarted.').waitFor();
    await page.getByRole('link', { name: 'validator', exact: true }).click();
    await page.getByRole('dialog').getByText('CHECK_INTERVAL_SECONDS').waitFor();
    await page.getByRole('dialog').getByRole('link', { name: 'See its log' }).click();

    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    expect(await page.getByLabel('Process').inputValue()).toBe('validator');
    await page.getByText('Live', { exact: true }).waitFor();
    const lines = page.getByRole('log').locator('p');
    await lines.first().waitFor();
    const before = await lines.count();
    await yard.checkAll();
    await expect.poll(() => lines.count(), { timeout: 60_000 }).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'Pause' }).click();
    const held = await lines.allTextContents();
    await yard.checkAll();
    await page.getByText(/^Paused, \d+ new$/).waitFor();
    expect(await lines.allTextContents()).toEqual(held);
    await keepScreenshot(page, 'logs-paused');
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => lines.count(), { timeout: 60_000 }).toBeGreaterThan(held.length);
    await page.getByLabel('Read as').selectOption('true');
    await page.getByLabel('Lines with').fill('nothing says [this');
    await page.getByRole('alert').getByText('pattern', { exact: false }).first().waitFor();
    await page.getByLabel('Lines with').fill('^nothing says this$');
    await page.getByText('No line matches so far.', { exact: false }).waitFor();
    expect(watched.complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await watched.close();
  });

  it('shuts the service down and brings it back, and offers a viewer neither', async () => {
    const watched = await yard.open(await yard.newAccount('Grete', 'operator'), '#/processes');
    const { page } = watched;
    await page.getByRole('button', { name: 'Shut down …' }).click();
    await page.getByRole('button', { name: 'Shut it down' }).click();
    await page.getByText('Shutting down: what is live may finish', { exact: false }).waitFor();
    await keepScreenshot(page, 'shutdown');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Everything runs.').waitFor();
    expectNoTrouble(watched);
    await watched.close();

    const viewer = await yard.open(await yard.newAccount('Hedy'), '#/processes');
    await viewer.page.getByRole('link', { name: 'validator', exact: true }).waitFor();
    expect(await viewer.page.locator('.content button').count()).toBe(0);
    await viewer.close();
  });

  it('shows proxied requests as they end, filtered and paused, with both legs of each', async () => {
    const account = await yard.newAccount('Katherine');
    const front = await yard.newGatewayProxy(account, 'front');
    const watched = await yard.open(account, '#/requests');
    const { page } = watched;
    await page.getByText('No request matches yet.', { exact: false }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await front.call('/health?page=1');
    const rows = page.getByRole('table', { name: 'Requests' }).locator('tbody tr');
    await page.getByRole('link', { name: 'GET /health?page=1' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await front.call('/nowhere');
    await page.getByText('Paused, 1 new').waitFor();
    expect(await rows.count()).toBe(1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('link', { name: 'GET /nowhere' }).waitFor();
    await page.getByLabel('Status').selectOption('400');
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(1);
    await front.call('/nowhere-else');
    await page.getByRole('link', { name: 'GET /nowhere-else' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('region', { name: 'The target' }).getByText(`${yard.worker.baseUrl}/nowhere-else`).waitFor();
    await dialog.getByText('Headers of the request', { exact: false }).first().click();
    await keepScreenshot(page, 'request');
    expect(await page.content()).not.toMatch(/callers-secret|targets-secret/);
    expectNoTrouble(watched);
    await watched.close();
  });

  it('says that a live list has lost its connection, and misses nothing when it is back', async () => {
    const account = await yard.newAccount('Dorothy');
    const front = await yard.newGatewayProxy(account, 'front');
    const watched = await yard.open(account, '#/requests');
    const { page } = watched;
    await page.getByText('Live', { exact: true }).waitFor();
    await front.call('/health?first');
    await page.getByRole('link', { name: 'GET /health?first' }).waitFor();
    await page.context().setOffline(true);
    yard.worker.dropConnections();
    await page.getByText('Connection lost, trying again …').waitFor();
    await front.call('/health?while-away');
    await page.context().setOffline(false);
    await page.getByRole('link', { name: 'GET /health?while-away' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const rows = page.getByRole('table', { name: 'Requests' }).locator('tbody tr');
    expect(await rows.count()).toBe(2);
    await watched.close();
  });
});
