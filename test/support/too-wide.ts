import type { Page } from 'playwright-core';

/** What a message of a failed test shows of an element. */
const SHOWN_CHARACTERS = 120;

/** What sticks out of the screen at the right, where the page or what is open above it has to be scrolled sideways for it. */
export function tooWide(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[document.documentElement, ...document.querySelectorAll('dialog, .drawer-body')]
    .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
    .flatMap((scroller) => [...scroller.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > scroller.getBoundingClientRect().left + scroller.clientWidth,
    ))
    .map(({ outerHTML }) => outerHTML.slice(0, ${SHOWN_CHARACTERS}))`);
}
