import { createEntryFields, type EntryFields, findField, setField } from './entry-fields.ts';

/** What each column of a table says; null for one that says nothing about a proxy. */
export type TableColumns = readonly ReturnType<typeof findField>[];

/** Reads a header row. Null unless it names a column for addresses. */
export function readColumns(cells: readonly string[]): TableColumns | null {
  const columns = cells.map(findField);
  return columns.some((column) => column?.kind === 'address') ? columns : null;
}

/** Gathers what a row says under these columns; cells without a column are ignored, empty ones too. */
export function readRow(columns: TableColumns, cells: readonly string[]): EntryFields {
  const fields = createEntryFields();
  for (const [index, cell] of cells.entries()) {
    const column = columns[index];
    if (column && cell.trim() !== '') setField(fields, column, cell);
  }
  return fields;
}
