import { useLayoutEffect, useRef } from 'preact/hooks';
import type { LogLine } from '../../../api-client/ops.types.ts';

/** Who is no further from the end than this reads along. */
const AT_END_PX = 24;

const toneOf = { debug: '', info: '', warn: 'tag-waiting', error: 'tag-bad' } as const;
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Lines, the newest at the end, which stays in sight unless somebody scrolled up to read. */
export function LogLines({ lines }: { lines: readonly LogLine[] }) {
  const place = useRef<HTMLDivElement>(null);
  const belowPx = useRef(0);
  useLayoutEffect(() => {
    if (belowPx.current < AT_END_PX) place.current?.scrollTo(0, place.current.scrollHeight);
  }, [lines]);
  return (
    <div
      class="log"
      role="log"
      aria-live="off"
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
      tabIndex={0}
      ref={place}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        belowPx.current = scrollHeight - scrollTop - clientHeight;
      }}
    >
      {lines.map(({ timestamp, process, level, line }, index) => (
        <p key={`${timestamp} ${process} ${index}`}>
          <time dateTime={timestamp} title={timestamp}>
            {clock.format(Date.parse(timestamp))}
          </time>{' '}
          <span class={`tag ${toneOf[level]}`}>{process}</span> {line}
        </p>
      ))}
    </div>
  );
}
