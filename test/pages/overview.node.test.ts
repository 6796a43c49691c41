import { expect, it } from 'vitest';
import { openPage } from '../support/browser.ts';
import { keepScreenshot, startYard, type Yard } from '../support/dashboard-yard.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages } from '../support/pages.ts';

let yard: Yard;

beforePages(startYard, (opened) => {
  yard = opened;
});

/** What the overview is made of. */
const FIRST_ROUND = [
  '/account',
  '/account/credits',
  '/account/leases',
  '/api/ws/ticket?feed=account',
  '/api/ws/ticket?feed=inventory',
  '/stats/history?hours=1',
  '/stats/pool',
];

describePages('the overview', () => {
  it('asks for all that it shows in one round: no question waits for the answer to another', async () => {
    const { key } = await yard.newAccount('Annie');
    const signIn = `sessionStorage.setItem('switchyard.key', ${JSON.stringify(key)})`;
    const watched = await openPage(yard.browser, yard.worker.baseUrl, '/robots.txt', signIn);
    const { page } = watched;
    const asked: string[] = [];
    let release = () => {};
    const allowed = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Nothing is answered until everything is asked.
    await page.route(
      (url) => !/^\/(assets\/.*)?$/.test(url.pathname),
      async (route) => {
        const { pathname, search } = new URL(route.request().url());
        asked.push(pathname + search);
        await allowed;
        await route.continue();
      },
    );
    await page.goto('/');
    await expect.poll(() => [...asked].sort(), { timeout: 60_000 }).toEqual(FIRST_ROUND);
    release();
    await page.getByRole('heading', { level: 1, name: /The pool is/ }).waitFor();
    await page.getByText('credits left').waitFor();
    await page.getByText(/^[\d,]+ checks?, \d+ % passed\.$/).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await watched.close();
  });

  it('shows what happens as it happens, and how the checks went over time', async () => {
    const account = await yard.newAccount('Wendy');
    const watched = await yard.open(account);
    const { page } = watched;
    const ticker = page.getByRole('list', { name: 'Events, the newest first' });
    await page.getByText('Live', { exact: true }).waitFor();
    // A feed that nobody heard is told again a few seconds later.
    await expect
      .poll(
        async () => {
          await yard.checkAll();
          return ticker.getByText(/^\d+ checks?: /).count();
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThan(0);
    const headers = { authorization: `Bearer ${account.key}`, 'content-type': 'application/json' };
    const lease = { method: 'POST', headers, body: JSON.stringify({ lease_duration_seconds: 60 }) };
    expect((await fetch(`${yard.worker.baseUrl}/proxies/acquire`, lease)).status).toBe(200);
    await ticker.getByText('Lease acquired').waitFor();
    await page.getByRole('img', { name: 'Checks a second over time' }).locator('canvas').waitFor();
    await page.getByLabel('Time span').selectOption('168');
    await page.getByText(/^[\d,]+ checks, \d+ % passed\.$/).waitFor();
    await keepScreenshot(page, 'overview-live');
    expectNoTrouble(watched);
    await watched.close();
  });

  it('says that the feed is lost, and listens again when the connection is back', async () => {
    const account = await yard.newAccount('Beatrice');
    const watched = await yard.open(account);
    const { page } = watched;
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().setOffline(true);
    yard.worker.dropConnections();
    await page.getByText('Connection lost, trying again …').waitFor();
    await page.getByText('Connection lost.', { exact: true }).waitFor();
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Connection lost.', { exact: true }).waitFor({ state: 'detached' });
    const headers = { 'x-api-key': account.key, 'content-type': 'application/json' };
    const session = { method: 'POST', headers, body: JSON.stringify({ session_id: 'again', profile_id: 'p' }) };
    expect((await fetch(`${yard.worker.baseUrl}/api/sessions/register`, session)).status).toBe(200);
    await page.getByText('Session again began').waitFor();
    await watched.close();
  });
});
