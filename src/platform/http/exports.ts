import { type CsvCell, csvLines } from './csv.ts';

/** Rows of one query: an export of a million takes 1,000, which is what an invocation may run. */
export const EXPORT_PAGE_ROWS = 1_000;

/** How a file begins, writes a page of items, and ends. `isFirst`: no item was written yet. */
export interface ExportFormat<Item> {
  contentType: string;
  head: string;
  page(items: readonly Item[], isFirst: boolean): string;
  tail: string;
}

/** CSV with a header row; `columns` are its names, `cellsOf` the values in their order. */
export function csvFormat<Item>(columns: readonly string[], cellsOf: (item: Item) => CsvCell[]): ExportFormat<Item> {
  return {
    contentType: 'text/csv; charset=utf-8',
    head: csvLines([columns]),
    page: (items) => csvLines(items.map(cellsOf)),
    tail: '',
  };
}

/** An array of JSON, an item a line, as `viewOf` shows it. */
export function jsonFormat<Item>(viewOf: (item: Item) => object): ExportFormat<Item> {
  return {
    contentType: 'application/json',
    head: '[',
    page: (items, isFirst) =>
      items.map((item, index) => `${isFirst && index === 0 ? '' : ','}\n${JSON.stringify(viewOf(item))}`).join(''),
    tail: '\n]\n',
  };
}

/**
 * An export's texts, page by page, in as much memory as a page takes. `pageAfter` gives EXPORT_PAGE_ROWS items after the
 * last one of the page before (null: the first ones), fewer when these are the last.
 */
export async function* exportTexts<Item>(
  format: ExportFormat<Item>,
  pageAfter: (last: Item | null) => Promise<readonly Item[]>,
): AsyncGenerator<string, void, void> {
  if (format.head !== '') yield format.head;
  let last: Item | null = null;
  for (;;) {
    const items: readonly Item[] = await pageAfter(last);
    if (items.length > 0) yield format.page(items, last === null);
    if (items.length < EXPORT_PAGE_ROWS) break;
    last = items.at(-1) ?? null;
  }
  if (format.tail !== '') yield format.tail;
}

/** What an export is called: `proxies_YYYYMMDD_HHMMSS.csv`, in UTC. */
export function exportFileName(what: string, ending: string, nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
  return `${what}_${date}_${time}.${ending}`;
}

/** The headers of an export: a file to be stored, by nobody on the way. */
export function exportHeaders(contentType: string, fileName: string): Record<string, string> {
  return {
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename="${fileName}"`,
    'Cache-Control': 'no-store',
  };
}
