import { appError } from '../../platform/errors/app-error.ts';
import { detectParser, findParser } from '../../plugins/parsers/parser.registry.ts';
import type { SourceParser } from '../../plugins/parsers/parser.types.ts';

/** The parser by its name, else the first that supports the URL. Throws `UNKNOWN_PARSER` or `NO_PARSER`. */
export function chooseParser(url: URL, parserName: string | null | undefined): SourceParser {
  if (parserName !== null && parserName !== undefined) {
    const named = findParser(parserName);
    if (!named) throw appError('UNKNOWN_PARSER', { details: { parser_name: parserName } });
    return named;
  }
  const detected = detectParser(url);
  if (!detected) throw appError('NO_PARSER');
  return detected;
}
