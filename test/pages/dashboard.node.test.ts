import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtAssets } from '../../dev/assets.ts';
import { seriousFindings } from '../support/axe.ts';
import { openPage } from '../support/browser.ts';
import { keepScreenshot, LAB_PROXIES, STORED_PROXIES, startYard, type Yard } from '../support/dashboard-yard.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages } from '../support/pages.ts';
import { tooWide } from '../support/too-wide.ts';

let yard: Yard;

beforePages(startYard, (opened) => {
  yard = opened;
});

const PHONE = { width: 360, height: 740 };
const headings = {
  overview: /pool/,
  proxies: 'Proxies',
  leases: 'Leases and credits',
  sources: 'Sources',
  routing: 'Routing',
  gateway: 'Gateway',
  sessions: 'Sessions',
  requests: 'Requests',
  logs: 'Logs',
  processes: 'Processes',
};

describePages('the dashboard', () => {
  it('is entered by someone new, who leases a proxy, renews it, and gives it back', async () => {
    const watched = await openPage(yard.browser, yard.worker.baseUrl, '/');
    const { page } = watched;
    await page.getByRole('button', { name: 'I am new' }).click();
    await page.getByLabel('E-mail').fill(`${crypto.randomUUID()}@example.com`);
    await page.getByLabel('Your name').fill('Ada');
    await keepScreenshot(page, 'register');
    await page.getByRole('button', { name: 'Create an account' }).click();
    const key = (await page.locator('.secret code').textContent()) ?? '';
    expect(key).toMatch(/^pp_[0-9A-Za-z]{48}$/);
    await page.getByRole('button', { name: 'I have stored it' }).click();

    await page.getByRole('heading', { level: 1, name: /The pool is/ }).waitFor();
    await page.getByText('100 credits left').waitFor();

    await page.getByRole('link', { name: 'Proxies', exact: true }).click();
    await page.getByRole('button', { name: 'Lease one' }).click();
    await page.getByRole('button', { name: 'Lease for 1 credit' }).click();
    await page.getByText('It is yours').waitFor();
    const url = (await page.locator('dialog .secret code').first().textContent()) ?? '';
    expect(url).toMatch(/^(http|socks)[a-z0-9]*:\/\//);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).first().click();
    await page.getByText(/^Copied /).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(url);
    await page.getByRole('link', { name: 'See all your leases' }).click();
    await page.getByRole('button', { name: 'Renew, 1 credit' }).click();
    await page.getByText('Renewed for 1 credit.').waitFor();
    await page.getByLabel('Report what came of it').selectOption('ok');
    await page.locator('.toasts p').filter({ hasNotText: 'Renewed' }).first().waitFor();
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByText('You have no lease.', { exact: false }).waitFor();
    await page.getByText('98 credits left').waitFor();
    await page.getByRole('img', { name: 'Balance after each entry' }).locator('canvas').waitFor();
    const balances = page.getByRole('table', { name: 'Entries of the ledger' }).locator('tbody td:last-child');
    expect(await balances.allTextContents()).toEqual(['98', '99', '100']);
    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);
    expectNoTrouble(watched);
    await watched.close();
  });

  it('is served whole: every file that was built, whatever it is called', async () => {
    const names = await readdir(join(builtAssets, 'assets'));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const response = await fetch(`${yard.worker.baseUrl}/assets/${name}`);
      await response.arrayBuffer();
      expect([name, response.status]).toEqual([name, 200]);
    }
  });

  it('says what is wrong with a key, and ends a session whose key is revoked', async () => {
    const watched = await openPage(yard.browser, yard.worker.baseUrl, '/');
    const { page } = watched;
    await page.getByLabel('API key').fill('pp_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('A valid API key is required.').waitFor();
    const { key, id } = await yard.newAccount('Grace');
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: /pool/ }).waitFor();
    await yard.worker.call('PATCH', `/admin/accounts/${id}`, { disabled: true });
    await page.getByText('Your key is not taken any more', { exact: false }).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await watched.close();
  });

  it('filters a long list, reads on as it is scrolled, and opens a row by keys alone', async () => {
    const watched = await yard.open(await yard.newAccount('Joan'), '#/proxies?pool=stored');
    const { page } = watched;
    await page.getByText(`${STORED_PROXIES.toLocaleString('en')} in this list`).waitFor();
    expect(await page.locator('tr[aria-rowindex]').count()).toBeLessThan(80);
    await expect
      .poll(
        async () => {
          await page.evaluate("document.querySelector('.table-scroller').scrollTo(0, 1e9)");
          return page.locator(`tr[aria-rowindex="${STORED_PROXIES + 1}"]`).count();
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    await page.getByLabel('Country').fill('de');
    await page.getByLabel('Protocol').selectOption('socks5');
    const filtered = '/proxies?pool=stored&country=DE&protocol=socks5';
    const { body } = await yard.worker.call<{ total_count: number }>('GET', filtered);
    await page.getByText(`${body.total_count} in this list`).waitFor();
    await page.locator('.row-link').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Score', { exact: false }).first().waitFor();
    expect(await page.evaluate('location.hash')).toMatch(
      /^#\/proxies\/[0-9a-f-]{36}\?protocol=socks5&country=DE&pool=stored$/,
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByLabel('Country').fill('XX');
    await page.getByText('No proxy passes these filters').waitFor();
    expectNoTrouble(watched);
    await watched.close();
  });

  it('tells of a lie that a proxy was caught in, and tests a URL through the honest ones', async () => {
    await expect.poll(() => yard.caughtProxyId(), { timeout: 60_000 }).toBeDefined();
    const watched = await yard.open(await yard.newAccount('Mary'), `#/proxies/${await yard.caughtProxyId()}`);
    const { page } = watched;
    await page.getByText(/^Caught: /).waitFor();
    await keepScreenshot(page, 'caught');
    await page.emulateMedia({ colorScheme: 'dark' });
    await keepScreenshot(page, 'caught-dark');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Test a URL' }).click();
    await page.getByRole('textbox', { name: 'URL' }).fill(`${yard.worker.baseUrl}/health`);
    await page.getByRole('dialog').getByLabel('Proxies').selectOption('3');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(/of \d reached/).waitFor();
    expect(await page.locator('dialog .tag-good').first().textContent()).toBe('200');
    expectNoTrouble(watched);
    await watched.close();
  });

  it('shows an operator what a list would bring before it is added, scrapes it, and offers a viewer no button in vain', async () => {
    const url = yard.lab.sourceListUrl.replace(/txt$/, 'json');
    const watched = await yard.open(await yard.newAccount('Edith', 'operator'), '#/sources');
    const { page } = watched;
    await page.getByRole('button', { name: 'Add a source' }).click();
    await page.getByLabel('Address of the list').fill(url);
    await page.getByText(/^json finds \d+ proxies$/).waitFor();
    await page.getByLabel('Parser').selectOption('csv');
    await page.getByText('No proxy found').waitFor();
    await page.getByLabel('Parser').selectOption('');
    await page.getByText(/^json finds \d+ proxies$/).waitFor();
    await keepScreenshot(page, 'add-source');
    await page.getByRole('button', { name: 'Add this source' }).click();
    const row = page.locator('.source').filter({ hasText: url });
    await row.getByRole('button', { name: 'Scrape now' }).click();
    await page.getByText(/known, \d+ skipped/).waitFor();
    const league = page.getByRole('table', { name: 'League of sources' });
    // The list that brought them first has them all, the other one none.
    const discovered = (list: string) => league.getByRole('row').filter({ hasText: list }).locator('td').nth(2);
    await discovered(url).getByText('0', { exact: true }).waitFor();
    expect(await discovered(yard.lab.sourceListUrl).textContent()).toBe(String(LAB_PROXIES.length));
    expect(await league.locator('tbody td:first-child').allTextContents()).toEqual(['1', '2']);
    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await row.waitFor({ state: 'detached' });
    expectNoTrouble(watched);
    await watched.close();

    const viewer = await yard.open(await yard.newAccount('Hedy'), '#/sources');
    await viewer.page.locator('.source').first().waitFor();
    expect(await viewer.page.locator('.content button').count()).toBe(0);
    await viewer.close();
  });

  it('joins a proxy of the gateway from its parts, and says which gate would refuse a request', async () => {
    const watched = await yard.open(await yard.newAccount('Lynn'), '#/gateway');
    const { page } = watched;
    const dialog = page.getByRole('dialog');
    const store = async (name: string, who: string, what: string, value: string) => {
      await page.getByRole('button', { name: 'New credential' }).click();
      await dialog.getByLabel('Name', { exact: true }).fill(name);
      await dialog.getByLabel('Who shows it').selectOption(who);
      await dialog.getByLabel('What it is').selectOption(what);
      if (what === 'key') await dialog.getByLabel('Name of it').fill('x-app-key');
      await dialog.locator('input[type=password]').fill(value);
      await page.getByRole('button', { name: 'Store it' }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    await store('App', 'proxy', 'key', 'callers-secret');
    await store('Upstream', 'target', 'bearer', 'targets-secret');
    await page.getByRole('button', { name: 'New target' }).click();
    await dialog.getByLabel('Name').fill('Ourselves');
    await dialog.getByLabel('Base URL').fill(yard.worker.baseUrl);
    await page.getByRole('button', { name: 'Create it' }).click();
    await page.getByRole('button', { name: 'New proxy' }).click();
    await dialog.getByLabel('Name').fill('Front');
    await dialog.getByLabel('Alias').fill('front');
    await dialog.getByLabel('Target', { exact: true }).selectOption({ label: 'Ourselves' });
    await dialog.getByLabel('Callers show').selectOption({ index: 1 });
    await dialog.getByLabel('The target is shown').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Create it' }).click();
    await page.getByRole('link', { name: 'Front', exact: true }).click();
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByLabel('Methods').fill('delete');
    await page.getByRole('button', { name: 'Create it' }).click();
    await page.getByText('DELETE', { exact: false }).first().waitFor();
    await page.getByLabel('Method', { exact: true }).selectOption('DELETE');
    await page.getByRole('button', { name: 'Ask the gates' }).click();
    await page.getByText('It would be refused').waitFor();
    await keepScreenshot(page, 'gateway');
    await page.getByLabel('Method', { exact: true }).selectOption('GET');
    await page.getByRole('button', { name: 'Ask the gates' }).click();
    await page.getByText('It would pass').waitFor();
    await dialog.getByRole('button', { name: 'Change: DELETE' }).click();
    await page.getByLabel('Headers', { exact: true }).fill('!x-team');
    await page.getByRole('button', { name: 'Change it' }).click();
    await dialog.getByText('DELETE, without header x-team').first().waitFor();
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByText('Limits, additions, egress, bodies').click();
    await page.getByLabel('Calls a minute').fill('100');
    await page.getByLabel('Bodies in the request log').selectOption('kept');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('Changed: in force within five seconds.').waitFor();
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByText('Limits, additions, egress, bodies').click();
    expect(await page.getByLabel('Bodies in the request log').inputValue()).toBe('kept');
    await page.keyboard.press('Escape');
    expect(await page.content()).not.toMatch(/callers-secret|targets-secret/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Change Upstream' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Behind');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('Behind', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'New credential' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Tokens');
    await dialog.getByLabel('Who shows it').selectOption('target');
    await dialog.getByLabel('What it is').selectOption('oauth2');
    await dialog.getByLabel('Client id').fill('us');
    await dialog.getByLabel('Token URL').fill(`${yard.worker.baseUrl}/token`);
    await dialog.locator('input[type=password]').fill('oauth-secret');
    await page.getByRole('button', { name: 'Store it' }).click();
    await page.getByText('Tokens', { exact: true }).waitFor();
    expectNoTrouble(watched);
    await watched.close();
  });

  it('draws what the calls through a gateway proxy were like, as callers saw them and as the target did', async () => {
    const account = await yard.newAccount('Elizabeth');
    const front = await yard.newGatewayProxy(account, 'front');
    await front.call('/health');
    await front.call('/nowhere');
    const watched = await yard.open(account, '#/gateway');
    const { page } = watched;
    await page.getByRole('link', { name: 'front', exact: true }).click();
    const telemetry = page.getByRole('region', { name: 'Telemetry' });
    await telemetry.getByRole('img', { name: 'Calls over time' }).locator('canvas').waitFor();
    await telemetry.getByRole('list', { name: 'Answers by status' }).getByText('404').waitFor();
    await telemetry.getByLabel('Interval').selectOption('hour');
    await telemetry.scrollIntoViewIfNeeded();
    await keepScreenshot(page, 'telemetry');
    expectNoTrouble(watched);
    await watched.close();
  });

  it.each(['light', 'dark'] as const)('has no serious finding of axe-core in %s, and fits a phone', async (scheme) => {
    const watched = await yard.open(await yard.newAccount('Radia'));
    const { page } = watched;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const [view, name] of Object.entries(headings)) {
      await page.setViewportSize({ width: 1_280, height: 800 });
      await page.evaluate(`location.hash = '#/${view}'`);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await expect.poll(() => page.locator('.busy').count(), { timeout: 60_000 }).toBe(0);
      expect([view, await seriousFindings(page)]).toEqual([view, []]);
      await keepScreenshot(page, `${view}-${scheme}`);
      await page.setViewportSize(PHONE);
      // A chart takes the new width a frame later.
      await expect.poll(() => tooWide(page), { message: view }).toEqual([]);
      await keepScreenshot(page, `${view}-${scheme}-phone`);
    }
    expectNoTrouble(watched);
    await watched.close();
  });

  it('says that the connection is lost, keeps what it has, and goes on when it is back', async () => {
    const watched = await yard.open(await yard.newAccount('Barbara'));
    const { page } = watched;
    await page.getByText('credits left').waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost.').waitFor();
    expect(await page.locator('.figure').first().isVisible()).toBe(true);
    await keepScreenshot(page, 'offline');
    await page.context().setOffline(false);
    await page.getByText('Connection lost.').waitFor({ state: 'detached' });
    await watched.close();
  });

  it('shows what others wrote as text: nothing of it runs, nothing is left for the policy to stop', async () => {
    const hostile = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script><svg/onload=window.ran=1>';
    const account = await yard.newAccount(hostile);
    const grant = { amount: 7, description: hostile };
    expect((await yard.worker.call('POST', `/admin/accounts/${account.id}/credits`, grant)).status).toBe(201);
    await yard.worker.database
      .prepare("UPDATE proxies SET tags = json_object('note', ?1) WHERE pool_number = 50")
      .bind(hostile)
      .run();
    const session = { session_id: 'hostile', profile_id: hostile, proxy: '1.2.3.4:80' };
    const event = { session_id: 'hostile', event_type: 'custom', details: { note: hostile } };
    for (const [path, body] of [
      ['/api/sessions/register', session],
      ['/api/events', event],
    ] as const) {
      const headers = { 'x-api-key': account.key, 'content-type': 'application/json' };
      const reply = await fetch(yard.worker.baseUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(reply.status).toBe(200);
    }
    const watched = await yard.open(account, '#/leases');
    const { page } = watched;
    await page.locator('td').getByText(hostile).waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${encodeURIComponent(hostile)}`)}`);
    await page.getByText('There is no such page').waitFor();
    await page.evaluate("location.hash = '#/sessions'");
    await page.getByRole('link', { name: 'hostile' }).click();
    await page.getByRole('dialog').getByText('window.ran=1', { exact: false }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate("location.hash = '#/proxies?pool=stored'");
    for (const label of ['Country', 'Pool']) await page.getByLabel(label).fill(hostile);
    await page.getByRole('alert').waitFor();
    await page.evaluate("location.hash = '#/proxies?pool=stored'");
    await page.locator('.row-link').first().click();
    await page.getByText(`note: ${hostile}`).waitFor();
    expect(await page.evaluate("'ran' in window")).toBe(false);
    // The refused filter is in the console as the browser's own note.
    expect(watched.complaints.filter((text) => !text.includes('422'))).toEqual([]);
    expect(watched.strayRequests).toEqual([]);
    await watched.close();
  });
});
