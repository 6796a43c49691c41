import type { Page } from 'playwright-core';

/** Whether the background that an element of a page is seen on is rather light or dark. */
export function brightness(page: Page, selector: string): Promise<'light' | 'dark'> {
  return page.evaluate<'light' | 'dark'>(`(() => {
    // Drawn by the browser itself, so that any way to write a colour is understood.
    const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    for (let shown = document.querySelector(${JSON.stringify(selector)}); shown; shown = shown.parentElement) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = getComputedStyle(shown).backgroundColor;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
      if (alpha > 0) return (red + green + blue) / 3 > 128 ? 'light' : 'dark';
    }
    return 'light';
  })()`);
}
