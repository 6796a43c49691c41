import { Parser } from 'htmlparser2';
import type { ListReader } from './batches.ts';
import type { TableColumns } from './table-columns.ts';

/** Text of one cell; cells with an address, a port or a country are far shorter, so a longer one counts as empty. */
export const MAX_CELL_LENGTH = 1024;

/** Cells of one row that are kept. */
export const MAX_ROW_CELLS = 64;

/** Open elements. The parser walks its stack for each tag, and a hostile page would never close one. */
export const MAX_HTML_DEPTH = 256;

/** A tag, attribute or comment that is longer is given up: the parser keeps the whole of it until its end. */
export const MAX_MARKUP_LENGTH = 64 * 1024;

const IGNORED_ELEMENTS = new Set(['script', 'style']);
const BREAKING_ELEMENTS = new Set(['br', 'div', 'p', 'li']);

/** A table that is still open. Its reader notes here what it learns from the header. */
export interface HtmlTable {
  columns: TableColumns | null;
  /** Rows with cells so far, the current one included. */
  rowCount: number;
}

export interface HtmlRow {
  table: HtmlTable;
  cells: readonly string[];
  hasHeaderCell: boolean;
}

interface OpenTable extends HtmlTable {
  cells: string[];
  hasHeaderCell: boolean;
  /** Text of the open cell; null between cells. */
  cell: string | null;
}

function createTable(): OpenTable {
  return { columns: null, rowCount: 0, cells: [], hasHeaderCell: false, cell: null };
}

/** Gathers the rows of tables, nested ones too, from the events of an HTML parser. */
function createRowCollector(onRow: (row: HtmlRow) => void) {
  // The first one stands for rows outside of any table, as in a fragment of a page.
  const tables = [createTable()];
  let ignoredDepth = 0;
  let depth = 0;

  function current(): OpenTable {
    return tables.at(-1) ?? createTable();
  }

  function endCell(table: OpenTable): void {
    if (table.cell === null) return;
    const text = table.cell.length > MAX_CELL_LENGTH ? '' : table.cell.replace(/\s+/g, ' ').trim();
    table.cell = null;
    if (table.cells.length < MAX_ROW_CELLS) table.cells.push(text);
  }

  function endRow(table: OpenTable): void {
    endCell(table);
    if (table.cells.length > 0) {
      table.rowCount += 1;
      onRow({ table, cells: table.cells, hasHeaderCell: table.hasHeaderCell });
    }
    table.cells = [];
    table.hasHeaderCell = false;
  }

  return {
    depth: () => depth,
    forget(): void {
      depth = 0;
      ignoredDepth = 0;
      tables.splice(1);
    },
    end: () => endRow(current()),
    onopentagname(name: string): void {
      depth += 1;
      if (IGNORED_ELEMENTS.has(name)) ignoredDepth += 1;
      else if (name === 'table') tables.push(createTable());
      else if (name === 'tr') endRow(current());
      else if (name === 'td' || name === 'th') {
        const table = current();
        endCell(table);
        table.cell = '';
        table.hasHeaderCell ||= name === 'th';
      } else if (BREAKING_ELEMENTS.has(name)) this.ontext(' ');
    },
    ontext(text: string): void {
      const table = current();
      // One character over the limit is enough to tell.
      if (ignoredDepth === 0 && table.cell !== null && table.cell.length <= MAX_CELL_LENGTH) {
        table.cell += text.slice(0, MAX_CELL_LENGTH + 1);
      }
    },
    onclosetag(name: string): void {
      depth = Math.max(0, depth - 1);
      if (IGNORED_ELEMENTS.has(name)) ignoredDepth = Math.max(0, ignoredDepth - 1);
      else if (name === 'td' || name === 'th') endCell(current());
      else if (name === 'tr') endRow(current());
      else if (name === 'table') {
        endRow(current());
        if (tables.length > 1) tables.pop();
      }
    },
  };
}

/** Reads HTML as it comes and hands over each row of each table. */
export function createHtmlRowReader(onRow: (row: HtmlRow) => void): ListReader {
  const collector = createRowCollector(onRow);
  let silentLength = 0;

  function heard(work: () => void): void {
    silentLength = 0;
    work();
    if (collector.depth() > MAX_HTML_DEPTH) isTooDeep = true;
  }

  let isTooDeep = false;
  const parser = new Parser({
    onopentagname: (name) => heard(() => collector.onopentagname(name)),
    ontext: (text) => heard(() => collector.ontext(text)),
    onclosetag: (name) => heard(() => collector.onclosetag(name)),
  });

  return {
    write(text) {
      silentLength += text.length;
      parser.write(text);
      if (!isTooDeep && silentLength <= MAX_MARKUP_LENGTH) return;
      parser.reset();
      collector.forget();
      isTooDeep = false;
      silentLength = 0;
    },
    end() {
      parser.end();
      collector.end();
    },
  };
}
