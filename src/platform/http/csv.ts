import { stringify } from 'csv-stringify/sync';

/** A value of a cell; null is an empty one. */
export type CsvCell = string | number | boolean | null;

/**
 * Lines of a CSV file (RFC 4180: CRLF, quoted where needed). A text that a spreadsheet would take for a formula (it begins
 * with `=`, `+`, `-`, `@`, TAB or CR) gets a `'` before it.
 */
export function csvLines(rows: readonly (readonly CsvCell[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    {
      record_delimiter: 'windows',
      escape_formulas: true,
      // The library looks for the whole CRLF; a CR or LF alone ends a line for many readers.
      quoted_match: /[\r\n]/,
      cast: { boolean: (value) => String(value) },
    },
  );
}
