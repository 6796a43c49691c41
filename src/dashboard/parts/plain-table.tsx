import type { ComponentChildren } from 'preact';

interface Column {
  title: string;
  /** Numbers stand at the right; what is extra is left out on a small screen. */
  kind?: 'number' | 'extra';
}

interface PlainTableProps {
  label: string;
  columns: readonly Column[];
  /** `scroller` unless it is a card of its own, or a short one that scrolls down too. */
  frame?: 'scroller' | 'card' | 'short';
  /** Its rows. */
  children: ComponentChildren;
}

const frames = { scroller: 'table-scroller-x', card: 'card table-scroller-x', short: 'preview-rows' } as const;

/** A table that is short enough to be drawn whole. */
export function PlainTable({ label, columns, frame = 'scroller', children }: PlainTableProps) {
  return (
    <section
      class={frames[frame]}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
      tabIndex={0}
      aria-label={label}
    >
      <table class="plain" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ title, kind = '' }) => (
              <th key={title} scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
