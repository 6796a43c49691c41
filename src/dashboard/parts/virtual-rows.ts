import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

/** Rows drawn beyond what is seen, so that scrolling by keys finds the next one there. */
const OVERSCAN_ROWS = 10;

interface VirtualRowsOptions {
  count: number;
  rowHeightPx: number;
  scroller: RefObject<HTMLElement>;
}

/** Which of very many rows of one height are to be drawn: those that are seen, and a few more. */
export function useVirtualRows({ count, rowHeightPx, scroller }: VirtualRowsOptions) {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const options = {
    count,
    estimateSize: () => rowHeightPx,
    getScrollElement: () => scroller.current,
    overscan: OVERSCAN_ROWS,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(0),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}
