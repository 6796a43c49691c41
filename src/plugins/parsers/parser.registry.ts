import { base64Parser } from './base64.parser.ts';
import { csvParser } from './csv.parser.ts';
import { htmlTableParser } from './html-table.parser.ts';
import { jsonParser } from './json.parser.ts';
import type { SourceParser } from './parser.types.ts';
import { plainTextParser } from './plain-text.parser.ts';
import { spysParser } from './spys.parser.ts';

/** Every parser by its name on the wire, in the order in which they are asked about a URL. */
export const parsers = {
  spys: spysParser,
  plaintext: plainTextParser,
  json: jsonParser,
  csv: csvParser,
  html_table: htmlTableParser,
  base64: base64Parser,
} satisfies Record<string, SourceParser>;

/** Finds the parser of this name. */
export function findParser(name: string): SourceParser | null {
  return Object.values<SourceParser>(parsers).find((parser) => parser.name === name) ?? null;
}

/** Finds the first parser that supports this URL. */
export function detectParser(url: URL): SourceParser | null {
  return Object.values<SourceParser>(parsers).find((parser) => parser.supports(url)) ?? null;
}
