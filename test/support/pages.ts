import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { hasBrowser, PAGE_LIMIT_MS, startBrowser } from './browser.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** Until all that pages are opened with is ready, on a machine that does much else. */
const OPEN_LIMIT_MS = 300_000;
const CLOSE_LIMIT_MS = 60_000;

/** Tests of pages: skipped where there is no browser. */
export function describePages(name: string, tests: () => void): void {
  describe.skipIf(!hasBrowser)(name, { timeout: PAGE_LIMIT_MS }, tests);
}

/** Opens what a file's tests of pages need, has `prepare` look at it, and closes it after them; nothing without a browser. */
export function beforePages<Opened extends { close(): Promise<void> }>(
  open: () => Promise<Opened>,
  prepare: (opened: Opened) => Promise<void> | void,
): void {
  let opened: Opened | null = null;
  beforeAll(async () => {
    if (!hasBrowser) return;
    opened = await open();
    await prepare(opened);
  }, OPEN_LIMIT_MS);
  afterAll(async () => {
    await opened?.close();
  }, CLOSE_LIMIT_MS);
}

/** A Worker with nothing in it, and a browser. */
export interface BarePages {
  worker: WorkerProcess;
  browser: Browser;
  close(): Promise<void>;
}

export async function startBarePages(): Promise<BarePages> {
  const worker = await startWorkerProcess();
  const browser = await startBrowser();
  const close = async () => {
    await browser.close();
    await worker.stop();
  };
  return { worker, browser, close };
}
