import { type ListReader, type ProxySink, readInBatches } from './batches.ts';
import { buildProxies, createEntryFields } from './entry-fields.ts';
import { createHtmlRowReader, type HtmlRow } from './html-rows.ts';
import type { ParsedProxy, SourceParser } from './parser.types.ts';
import { parseIpAddress, parseProxyAddress } from './proxy-address.ts';
import { readColumns, readRow } from './table-columns.ts';
import { urlEnding } from './url-ending.ts';

/** Reads a row under a known header; undefined for one that has nothing where the address should be. */
function readNamedRow({ table, cells }: HtmlRow): ParsedProxy[] | null | undefined {
  const fields = readRow(table.columns ?? [], cells);
  return fields.address === null ? undefined : buildProxies(fields);
}

/** Looks for an IP literal with its port in the next cell, or for both in one; undefined when there is neither. */
function readUnnamedRow({ cells }: HtmlRow): ParsedProxy[] | null | undefined {
  for (const [index, cell] of cells.entries()) {
    const isAddress = parseIpAddress(cell) !== null;
    if (!isAddress && parseProxyAddress(cell) === null) continue;
    const port = isAddress ? (cells[index + 1] ?? '') : null;
    return buildProxies({ ...createEntryFields(), address: { text: cell, rank: 0 }, port });
  }
  return undefined;
}

function createHtmlTableReader(sink: ProxySink): ListReader {
  return createHtmlRowReader((row) => {
    if (row.hasHeaderCell || row.table.rowCount === 1) {
      const columns = readColumns(row.cells);
      if (columns) {
        row.table.columns = columns;
        return;
      }
    }
    const proxies = row.table.columns ? readNamedRow(row) : readUnnamedRow(row);
    if (proxies) proxies.forEach(sink.add);
    else if (proxies === null) sink.skip();
  });
}

export const htmlTableParser: SourceParser = {
  name: 'html_table',
  defaultSchedule: '*/30 * * * *',
  supports: (url) => ['html', 'htm', 'php'].includes(urlEnding(url)),
  parse: (chunks) => readInBatches(chunks, createHtmlTableReader),
};
