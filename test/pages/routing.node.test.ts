import { expect, it } from 'vitest';
import { keepScreenshot, startYard, type Yard } from '../support/dashboard-yard.ts';
import type { Account } from '../support/lab-pool.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages } from '../support/pages.ts';

let yard: Yard;
let operator: Account;
/** Of proxies of the lab that work. */
let addresses: string[];

beforePages(startYard, async (opened) => {
  yard = opened;
  operator = await yard.newAccount('Frances', 'operator');
  const list = '/proxies?status=active&pool=default&protocol=http&limit=3';
  const { body } = await yard.worker.call<{ items: { ip: string; port: number }[] }>('GET', list);
  addresses = body.items.map(({ ip, port }) => `${ip}:${port}`);
});

/** A request of a program's, through whatever target matches. */
async function forward(headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${yard.worker.baseUrl}/forward/${yard.worker.baseUrl}/health`, {
    headers: { authorization: `Bearer ${operator.key}`, ...headers },
  });
  await response.arrayBuffer();
  return response.status;
}

const DEAD = '127.0.0.1:9';

describePages('routing in the dashboard', () => {
  it('is built from nothing, each step shown before it is done', async () => {
    const watched = await yard.open(operator, '#/routing');
    const { page } = watched;
    const dialog = page.getByRole('dialog');
    const finish = async (button: string) => {
      await dialog.getByRole('button', { name: button }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    await page.getByText('Three steps:', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'New provider' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('lab');
    await dialog.getByLabel('Addresses').fill('not an address');
    await dialog.getByRole('alert').getByText('host:port', { exact: false }).waitFor();
    await dialog.getByLabel('Addresses').fill(addresses[0] ?? '');
    await dialog.getByText('No target is touched.').waitFor();
    await finish('Create it');
    await page.getByRole('button', { name: 'New pool' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('all');
    await dialog.getByLabel('From the provider').selectOption('lab');
    await dialog.getByLabel('Addresses at most').fill('5');
    await dialog.getByText('No target is touched.').waitFor();
    await finish('Create it');
    await page.getByRole('button', { name: 'New target' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('me');
    await dialog.getByLabel('Through the pool').selectOption('all');
    await dialog.getByLabel('URLs that match, RE2').fill('^http://(127');
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('URLs that match, RE2').fill(`^${yard.worker.baseUrl.replaceAll('.', '\\.')}/`);
    await dialog.getByLabel('An address rests, s').fill('100');
    await dialog.getByLabel('Failures to quarantine').fill('1');
    await dialog.getByLabel('Retries').fill('0');
    await dialog.getByText('1 target: me. 1 address more, 0 fewer.').waitFor();
    await dialog.getByText(`+ ${addresses[0]}`).waitFor();
    await finish('Create it');
    await page.getByRole('link', { name: 'me', exact: true }).waitFor();
    expect(await page.locator('.lines path').count()).toBe(2);
    expectNoTrouble(watched);
    await watched.close();
  });

  it('shows the queue of a target as it moves: free, on hold, quarantined, each with the time left', async () => {
    const watched = await yard.open(operator, '#/routing/target/me');
    const { page } = watched;
    const dialog = page.getByRole('dialog');
    const row = (address: string) => dialog.getByRole('row').filter({ hasText: address });
    await row(addresses[0] ?? '')
      .getByText('free')
      .waitFor();
    expect(await forward()).toBe(200);
    await row(addresses[0] ?? '')
      .getByText('on hold')
      .waitFor();
    await row(addresses[0] ?? '')
      .getByText(/^1:\d\d left$/)
      .waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('link', { name: 'lab', exact: true }).click();
    await dialog.getByRole('button', { name: 'Add an address' }).click();
    await page.getByLabel('Address', { exact: true }).fill(DEAD);
    await page.getByText('1 target: me. 1 address more, 0 fewer.').waitFor();
    await keepScreenshot(page, 'routing-plan');
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('Added.').waitFor();
    // The form of the address closes by itself, the drawer behind it does not.
    await expect.poll(() => dialog.count()).toBe(1);
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect(await forward({ 'x-proxy-hopper-force-ip': DEAD })).toBe(502);
    await page.getByRole('list', { name: 'Addresses of me' }).getByText('quarantined').waitFor();
    await page.getByRole('link', { name: 'me', exact: true }).click();
    await row(DEAD).getByText('quarantined').waitFor();
    await row(DEAD)
      .getByText(/^[12]:\d\d left$/)
      .waitFor();
    await keepScreenshot(page, 'routing-queue');
    await page.keyboard.press('Escape');
    await keepScreenshot(page, 'routing');

    await page.getByRole('link', { name: 'lab', exact: true }).click();
    await dialog.getByRole('button', { name: `Remove ${DEAD}` }).click();
    await page.getByText(`− ${DEAD}`).waitFor();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('Removed: what runs through it may finish.').waitFor();
    await dialog.getByText('1 address', { exact: true }).waitFor();
    expectNoTrouble(watched);
    await watched.close();
  });

  it('says what is in use before it is removed, and shows a viewer the picture without a button', async () => {
    const watched = await yard.open(operator, '#/routing/pool/all');
    const { page } = watched;
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('alert').getByText('all', { exact: false }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'me', exact: true }).click();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('Who may').selectOption({ label: 'Every account' });
    await page.getByText('1 target: me. Their addresses stay.').waitFor();
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('viewer, operator, admin').waitFor();
    expectNoTrouble(watched);
    await watched.close();

    const viewer = await yard.open(await yard.newAccount('Hedy'), '#/routing');
    await viewer.page.getByRole('link', { name: 'me', exact: true }).click();
    await viewer.page.getByRole('dialog').getByText('viewer, operator, admin').waitFor();
    expect(await viewer.page.getByRole('dialog').getByRole('button').allTextContents()).toEqual(['', '']);
    expect(await viewer.page.locator('.content button').count()).toBe(2);
    expectNoTrouble(viewer);
    await viewer.close();
  });
});
