import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '../support/axe.ts';
import { openPage, type WatchedPage } from '../support/browser.ts';
import { dialogsOf, furnish } from '../support/dashboard-dialogs.ts';
import { keepScreenshot, startYard, type Yard } from '../support/dashboard-yard.ts';
import type { Account } from '../support/lab-pool.ts';
import { expectNoTrouble } from '../support/no-trouble.ts';
import { beforePages, describePages } from '../support/pages.ts';
import { tooWide } from '../support/too-wide.ts';

let yard: Yard;
let operator: Account;
let clientId: string;

beforePages(startYard, async (opened) => {
  yard = opened;
  operator = await yard.newAccount('Ida', 'operator');
  ({ clientId } = await furnish(yard, operator));
});

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1_280, height: 800 };
const HOSTILE = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script><svg/onload=window.ran=1>';
const TEXT_FIELDS = 'textarea, input:not([type=number])';

const openDialog = (page: Page) => page.getByRole('dialog').last();

async function settle(page: Page): Promise<void> {
  await expect.poll(() => page.locator('.busy').count(), { timeout: 60_000 }).toBe(0);
}

/** On a desk, light and dark, and on a phone, where nothing may stick out. */
async function expectUsable(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect([name, colorScheme, await seriousFindings(page)]).toEqual([name, colorScheme, []]);
    await keepScreenshot(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize(PHONE);
  // A chart takes the new width a frame later.
  await expect.poll(() => tooWide(page), { message: name }).toEqual([]);
  expect([name, 'phone', await seriousFindings(page)]).toEqual([name, 'phone', []]);
  await keepScreenshot(page, `${name}-phone`);
  await page.setViewportSize(DESK);
}

/** Puts a text into each field that takes one, and sends the form, if there is one. */
async function enterHostileTexts(page: Page): Promise<number> {
  const dialog = openDialog(page);
  for (const summary of await dialog.locator('form summary').all()) await summary.click();
  const fields = await dialog.locator(TEXT_FIELDS).all();
  for (const field of fields) await field.fill(HOSTILE);
  const submit = dialog.locator('form:not(:has(form)) button[type=submit]');
  if (fields.length > 0 && (await submit.count()) > 0) {
    await submit.last().click();
    // It is refused by the browser, refused by the API, or done.
    await expect.poll(() => page.locator('button[type=submit]:disabled').count(), { timeout: 60_000 }).toBe(0);
  }
  return fields.length;
}

/** Nothing ran, and the policy had nothing to stop; refusals are in the console as the browser's own notes. */
async function expectNothingRan({ page, complaints, strayRequests }: WatchedPage): Promise<void> {
  expect(await page.evaluate("'ran' in window")).toBe(false);
  expect(complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
  expect(strayRequests).toEqual([]);
}

const VIEWS = [
  'overview',
  'proxies',
  'leases',
  'sources',
  'routing',
  'gateway',
  'sessions',
  'requests',
  'logs',
  'processes',
];

/** Views, with how many text fields their dialogs have at least. */
const viewsWithDialogs = [
  ['proxies', 3],
  ['sources', 3],
  ['routing', 8],
  ['gateway', 20],
  ['others', 0],
] as const;

describePages('drawers and dialogs', () => {
  it.each(viewsWithDialogs)(
    'of %s are usable by everyone, are left for where they were opened, and take any text as text',
    async (view, leastFields) => {
      const watched = await yard.open(operator);
      const { page } = watched;
      let fields = 0;
      for (const { name, hash, open } of dialogsOf(view, clientId)) {
        await page.goto(`/${hash}`);
        await page.reload();
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.evaluate(
          "addEventListener('click', ({ target }) => { window.opener_ = target.closest('a, button'); }, true)",
        );
        await open(page);
        await openDialog(page).getByRole('button', { name: 'Close' }).waitFor();
        await settle(page);
        await expectUsable(page, `${view} ${name}`);
        const count = await page.getByRole('dialog').count();
        await page.keyboard.press('Escape');
        await expect.poll(() => page.getByRole('dialog').count()).toBe(count - 1);
        expect([name, await page.evaluate('document.activeElement === window.opener_')]).toEqual([name, true]);
        await page.keyboard.press('Enter');
        await expect.poll(() => page.getByRole('dialog').count()).toBe(count);
        fields += await enterHostileTexts(page);
        await expectNothingRan(watched);
      }
      expect(fields).toBeGreaterThanOrEqual(leastFields);
      await watched.close();
    },
  );

  it.each(['operator', 'admin'] as const)('leave what was entered as text in every view, for an %s', async (role) => {
    const watched = await yard.open(role === 'admin' ? { ...operator, key: yard.worker.adminKey } : operator);
    const { page } = watched;
    await page.locator('.who .tag').getByText(role).waitFor();
    for (const view of VIEWS) {
      await page.goto(`/#/${view}`);
      await page.reload();
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settle(page);
      await expectUsable(page, `${role} ${view}`);
      for (const field of await page.locator('.content').locator(TEXT_FIELDS).all()) await field.fill(HOSTILE);
      await expectNothingRan(watched);
    }
    await watched.close();
  });

  it('are reached, used and left by keys alone, which lead back where they came from', async () => {
    const watched = await yard.open(await yard.newAccount('Ada'));
    const { page } = watched;
    const focused = () => page.evaluate<string>("document.activeElement?.textContent?.trim() ?? ''");
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()) === text) return;
      }
      throw new Error(`no way to '${text}' by Tab`);
    };
    await page.getByText('credits left').waitFor();
    await tabTo('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.evaluate('document.activeElement.blur()');
    await tabTo('Leases');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Leases and credits' }).waitFor();
    await tabTo('Lease one');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo('Lease for 1 credit');
    await page.keyboard.press('Enter');
    await page.getByText('It is yours').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Lease one');
    await tabTo('Release');
    await page.keyboard.press('Enter');
    await page.getByText('You have no lease.', { exact: false }).waitFor();
    expectNoTrouble(watched);
    await watched.close();
  });
});

describePages('the way in', () => {
  it('is usable by everyone, and takes any text as text', async () => {
    const watched = await openPage(yard.browser, yard.worker.baseUrl, '/');
    const { page } = watched;
    const send = async () => {
      await page.locator('button[type=submit]').click();
      await expect.poll(() => page.locator('button[type=submit]:disabled').count(), { timeout: 60_000 }).toBe(0);
    };
    for (const choice of ['I have a key', 'I am new']) {
      await page.getByRole('button', { name: choice }).click();
      await expectUsable(page, choice);
      for (const field of await page.locator(TEXT_FIELDS).all()) await field.fill(HOSTILE);
      await send();
      await expectNothingRan(watched);
    }
    await page.getByLabel('E-mail').fill(`${crypto.randomUUID()}@example.com`);
    await page.getByLabel('Invite').fill('');
    await send();
    await page.getByRole('heading', { level: 2 }).getByText(`Welcome, ${HOSTILE}`).waitFor();
    await expectUsable(page, 'new key');
    await expectNothingRan(watched);
    await watched.close();
  });
});

describePages('files', () => {
  it('of proxies, for operators, and of sessions are saved with the filters that are set', async () => {
    const watched = await yard.open(operator, '#/proxies?pool=stored&country=DE');
    const { page } = watched;
    const save = async (button: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
    };
    const proxies = await save('Export CSV');
    expect(proxies.name).toMatch(/^proxies.*\.csv$/);
    const path = '/proxies?pool=stored&country=DE&limit=1';
    const { body } = await yard.worker.call<{ total_count: number }>('GET', path);
    expect(proxies.text.trim().split('\r\n')).toHaveLength(body.total_count + 1);
    await page.goto('/#/sessions');
    const sessions = await save('Export CSV');
    expect([/^sessions_.*\.csv$/.test(sessions.name), sessions.text.includes('visit')]).toEqual([true, true]);
    expectNoTrouble(watched);
    await watched.close();

    const viewer = await yard.open(await yard.newAccount('Hedy'), '#/proxies?pool=stored');
    await viewer.page.getByRole('button', { name: 'Test a URL' }).waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Export CSV' }).count()).toBe(0);
    await viewer.close();
  });
});
