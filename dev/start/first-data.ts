import { type AdminApi, describeFailure, field } from './admin-api.ts';

/** Lists for `--sources public`, known for years and kept up to date. */
export const PUBLIC_SOURCE_URLS = [
  'https://raw.githubusercontent.com/monosans/proxy-list/main/proxies/all.txt',
  'https://raw.githubusercontent.com/clarketm/proxy-list/master/proxy-list-raw.txt',
  'https://spys.me/proxy.txt',
] as const;

/** The admin can try everything at once; more comes from `POST /admin/accounts/{id}/credits`. */
const ADMIN_CREDITS = 100;

const ACTIVE_WAIT_MS = 30_000;
const ACTIVE_POLL_MS = 1_000;

/** The id of the source with this URL, made when there is none. Null, with a line about it, when it can't be. */
async function ensureSource(api: AdminApi, url: string): Promise<string | null> {
  const created = await api('POST', '/sources', { url });
  if (created.status === 201) return String(field(created.body, 'id'));
  if (created.status !== 409) {
    console.log(`  ${url}: ${describeFailure(created)}`);
    return null;
  }
  let cursor: string | null = null;
  do {
    const page = await api('GET', `/sources?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    const items = field(page.body, 'items');
    const found = Array.isArray(items) ? items.find((item) => field(item, 'url') === url) : undefined;
    if (found) return String(field(found, 'id'));
    cursor = (field(page.body, 'next_cursor') as string | null | undefined) ?? null;
  } while (cursor);
  return null;
}

/** Makes sure that the sources exist, and scrapes each. What fails is printed and left to the cron. Returns how many worked. */
export async function loadSources(api: AdminApi, urls: readonly string[]): Promise<number> {
  let loaded = 0;
  for (const url of urls) {
    const id = await ensureSource(api, url);
    if (id === null) continue;
    const scraped = await api('POST', `/sources/${id}/scrape`);
    const { body } = scraped;
    if (scraped.status >= 400) {
      console.log(`  ${url}: ${describeFailure(scraped)}`);
      continue;
    }
    loaded += 1;
    console.log(`  ${url}: ${field(body, 'proxies_discovered')} proxies, ${field(body, 'proxies_new')} new`);
  }
  return loaded;
}

/** Waits until some proxies have passed their checks. Returns how many; 0 when none did in time. */
export async function waitForActive(api: AdminApi, isStopped: () => boolean): Promise<number> {
  const deadlineAtMs = Date.now() + ACTIVE_WAIT_MS;
  while (Date.now() < deadlineAtMs && !isStopped()) {
    const page = await api('GET', '/proxies?status=active&limit=1');
    const count = Number(field(page.body, 'total_count') ?? 0);
    if (count > 0) return count;
    await new Promise((resolve) => {
      setTimeout(resolve, ACTIVE_POLL_MS);
    });
  }
  return 0;
}

/** Gives the built-in admin something to spend. */
export async function grantAdminCredits(api: AdminApi): Promise<void> {
  const credits = await api('GET', '/account/credits');
  const balance = Number(field(credits.body, 'balance') ?? 0);
  if (credits.status !== 200 || balance >= ADMIN_CREDITS) return;
  const account = await api('GET', '/account');
  const granted = await api('POST', `/admin/accounts/${field(account.body, 'id')}/credits`, {
    amount: ADMIN_CREDITS,
    description: 'local start',
  });
  if (granted.status >= 400) console.log(`  credits for the admin: ${describeFailure(granted)}`);
}
