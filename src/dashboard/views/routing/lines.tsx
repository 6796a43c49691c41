import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Link } from './picture.model.ts';

interface Drawn {
  key: string;
  path: string;
}

/** From the right side of a node to the left side of the next, as a curve. */
function pathBetween(from: DOMRect, to: DOMRect, origin: DOMRect): string {
  const [startX, startY] = [from.right - origin.left, from.top + from.height / 2 - origin.top];
  const [endX, endY] = [to.left - origin.left, to.top + to.height / 2 - origin.top];
  const middleX = (startX + endX) / 2;
  return `M${startX} ${startY}C${middleX} ${startY} ${middleX} ${endY} ${endX} ${endY}`;
}

function draw(picture: HTMLElement, links: readonly Link[]): Drawn[] {
  const nodes = new Map(
    [...picture.querySelectorAll<HTMLElement>('[data-node]')].map((node) => [node.dataset.node, node]),
  );
  const origin = picture.getBoundingClientRect();
  return links.flatMap(({ from, to }) => {
    const [start, end] = [nodes.get(from), nodes.get(to)];
    if (!start || !end) return [];
    const path = pathBetween(start.getBoundingClientRect(), end.getBoundingClientRect(), origin);
    return [{ key: `${from} → ${to}`, path }];
  });
}

/** The lines between the nodes of a picture, wherever they come to stand. What they say is in the nodes' text too. */
export function Lines({ picture, links }: { picture: RefObject<HTMLElement>; links: readonly Link[] }) {
  const [drawn, setDrawn] = useState<readonly Drawn[]>([]);
  useLayoutEffect(() => {
    const element = picture.current;
    if (!element) return;
    const redraw = () => setDrawn(draw(element, links));
    redraw();
    const watcher = new ResizeObserver(redraw);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [picture, links]);
  return (
    <svg class="lines" aria-hidden="true" focusable="false">
      {drawn.map(({ key, path }) => (
        <path key={key} d={path} />
      ))}
    </svg>
  );
}
