import { expect } from 'vitest';
import type { WatchedPage } from './browser.ts';

/** Nothing went wrong in a page, and it asked for nothing elsewhere. */
export function expectNoTrouble({ complaints, strayRequests, failedRequests }: WatchedPage): void {
  expect({ complaints, strayRequests, failedRequests }).toEqual({
    complaints: [],
    strayRequests: [],
    failedRequests: [],
  });
}
