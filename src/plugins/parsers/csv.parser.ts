import { parse as parseCsv } from 'csv-parse/sync';
import { type ListReader, type ProxySink, readInBatches } from './batches.ts';
import { CSV_DELIMITERS, createCsvRecordSplitter } from './csv-records.ts';
import { buildProxies } from './entry-fields.ts';
import type { SourceParser } from './parser.types.ts';
import { readColumns, readRow, type TableColumns } from './table-columns.ts';
import { urlEnding } from './url-ending.ts';

interface CsvLayout {
  delimiter: string;
  columns: TableColumns;
}

/** Cells of complete records. Stray quotes and rows of odd length are taken as they come. */
function parseRecords(records: readonly string[], delimiter: string): string[][] {
  // NUL after a closing quote would look like the end of the input to csv-parse.
  return parseCsv(records.join('\n').replaceAll('\0', ' '), {
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
  });
}

/** Finds the delimiter under which a header names a column for addresses. */
function readLayout(header: string): CsvLayout | null {
  for (const delimiter of CSV_DELIMITERS) {
    const columns = readColumns(parseRecords([header], delimiter)[0] ?? []);
    if (columns) return { delimiter, columns };
  }
  return null;
}

/** Reads rows below a header that names the columns; without such a header the rest is left unread. */
function createCsvReader(sink: ProxySink): ListReader {
  let layout: CsvLayout | null = null;
  let isFinished = false;
  let records: string[] = [];

  const splitter = createCsvRecordSplitter({
    onRecord(record) {
      if (isFinished) return;
      if (layout) {
        records.push(record);
        return;
      }
      layout = readLayout(record);
      if (layout) {
        splitter.setDelimiter(layout.delimiter);
      } else {
        isFinished = true;
        sink.skip();
      }
    },
    onBadRecord() {
      if (!isFinished) sink.skip();
    },
  });

  function readRecords(): void {
    if (!layout || records.length === 0) return;
    const rows = parseRecords(records, layout.delimiter);
    records = [];
    for (const cells of rows) {
      const proxies = buildProxies(readRow(layout.columns, cells));
      if (proxies) proxies.forEach(sink.add);
      else sink.skip();
    }
  }

  return {
    write(text) {
      splitter.write(text);
      readRecords();
    },
    end() {
      splitter.end();
      readRecords();
    },
    isFinished: () => isFinished,
  };
}

export const csvParser: SourceParser = {
  name: 'csv',
  defaultSchedule: '*/30 * * * *',
  supports: (url) => urlEnding(url) === 'csv',
  parse: (chunks) => readInBatches(chunks, createCsvReader),
};
