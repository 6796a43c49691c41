import stringWidth from 'string-width';

/** A column is not made narrower than this, its ellipsis included. */
const MIN_COLUMN_WIDTH = 4;
const GAP = '  ';
const ELLIPSIS = '…';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Never cut: what is copied from it, or read as a number. */
  isWhole?: boolean;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The beginning of a text that takes at most `width` columns of a terminal, with `…` for the rest. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let [kept, taken] = ['', 0];
  for (const { segment } of graphemes.segment(text)) {
    taken += stringWidth(segment);
    if (taken > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : kept + ELLIPSIS;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? spaces + text : text + spaces;
}

/** How many of the columns have room when each is as narrow as it may be; at least one. */
function roomFor(natural: readonly number[], columns: readonly Column[], width: number): number {
  let taken = -GAP.length;
  const firstWithout = columns.findIndex(({ isWhole }, at) => {
    const own = natural[at] ?? 0;
    taken += GAP.length + (isWhole === true ? own : Math.min(own, MIN_COLUMN_WIDTH));
    return taken > width;
  });
  return firstWithout === -1 ? columns.length : Math.max(1, firstWithout);
}

/** Widths that fit: the widest column that may be cut gives first. */
function fitWidths(natural: readonly number[], columns: readonly Column[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - width;
  while (excess > 0) {
    let widest = -1;
    for (const [at, one] of widths.entries()) {
      if (columns[at]?.isWhole === true || one <= MIN_COLUMN_WIDTH) continue;
      if (widest === -1 || one > (widths[widest] ?? 0)) widest = at;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

/**
 * A table's lines, the titles first, none wider than `width` columns as far as `isWhole` allows; the last columns go when
 * there is no room for all. Cells are printable text without styles.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const titles = columns.map(({ title }) => title);
  const natural = titles.map((title, at) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[at] ?? '')), stringWidth(title)),
  );
  const kept = columns.slice(0, roomFor(natural, columns, width));
  const widths = fitWidths(natural.slice(0, kept.length), kept, width);
  const line = (cells: readonly string[]) =>
    kept
      .map(({ align = 'left' }, at) => pad(cut(cells[at] ?? '', widths[at] ?? 0), widths[at] ?? 0, align))
      .join(GAP)
      .trimEnd();
  return [titles, ...rows].map(line);
}
