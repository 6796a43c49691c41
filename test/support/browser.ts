import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where Debian's `chromium` puts itself; another may be named. */
const BROWSER_FILE = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** A cold start on a machine that does much else. */
const START_LIMIT_MS = 60_000;
/** For whatever a test waits to see, on such a machine. */
const SEE_LIMIT_MS = 90_000;
/** For a test of a page in all. */
export const PAGE_LIMIT_MS = 180_000;

/** False where there is no browser: its tests say so and are skipped. CI installs it (`.ci/run`). */
export const hasBrowser = existsSync(BROWSER_FILE);
if (!hasBrowser) console.log(`No browser at ${BROWSER_FILE}, so no page is tried. CI installs it (.ci/run).`);

/** Starts a browser that can reach 127.0.0.1 and nothing else, by name or address; `close()` ends it. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: BROWSER_FILE,
    timeout: START_LIMIT_MS,
    // As root, as in a container, Chromium has no sandbox; it sees our own pages alone.
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

/** A page, and all that went wrong in it. */
export interface WatchedPage {
  page: Page;
  /** Errors and warnings of the console (what the Content-Security-Policy stopped is among them), and uncaught ones. */
  complaints: string[];
  /** URLs that it asked for outside its origin. */
  strayRequests: string[];
  /** Own URLs that did not come, or came as 400 or more. */
  failedRequests: string[];
  close(): Promise<void>;
}

/**
 * Opens a path of an origin in a context of its own, and watches it from before its first byte. `before` is a script that
 * runs ahead of the page's own.
 */
export async function openPage(browser: Browser, origin: string, path: string, before = ''): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: origin });
  await context.addInitScript(before);
  context.setDefaultTimeout(SEE_LIMIT_MS);
  const page = await context.newPage();
  const watched: WatchedPage = {
    page,
    complaints: [],
    strayRequests: [],
    failedRequests: [],
    close: () => context.close(),
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watched.complaints.push(message.text());
  });
  page.on('pageerror', (error) => watched.complaints.push(String(error)));
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    // Pictures that lie in a style sheet are asked for by no network.
    if (asked !== origin && protocol !== 'data:') watched.strayRequests.push(request.url());
  });
  page.on('requestfailed', (request) => {
    // What the page itself does not want any more, such as a stream that nobody looks at, has not failed.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') watched.failedRequests.push(request.url());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) watched.failedRequests.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(path);
  return watched;
}
