import { pairsOf } from '../../parts/pairs.model.ts';

/** The form of a new source: empty means that the API chooses. */
export interface NewSource {
  url: string;
  parser: string;
  protocol: string;
  pool: string;
  cron: string;
  /** A request header a line, `name: value`. */
  headers: string;
}

export const emptySource: NewSource = { url: '', parser: '', protocol: 'http', pool: '', cron: '', headers: '' };

/** True for what may be asked for already: typing `http` is no address yet. */
export function isAddress(url: string): boolean {
  return /^https?:\/\/[^/]+/i.test(url.trim()) && URL.canParse(url.trim());
}

/** The headers of the form; null when there are none. A line without a colon is a name without a value. */
export function headersOf(text: string): Record<string, string> | null {
  const headers = pairsOf(text, ':');
  return Object.keys(headers).length === 0 ? null : headers;
}

/** What the preview is asked with. */
export function previewBody({ url, parser, protocol, headers }: NewSource): Record<string, unknown> {
  const sent = headersOf(headers);
  return {
    url: url.trim(),
    default_protocol: protocol,
    ...(parser === '' ? {} : { parser_name: parser }),
    ...(sent === null ? {} : { headers: sent }),
  };
}

/** What the source is made of. */
export function sourceBody(source: NewSource): Record<string, unknown> {
  const { pool, cron } = source;
  return {
    ...previewBody(source),
    ...(pool.trim() === '' ? {} : { pool: pool.trim() }),
    ...(cron.trim() === '' ? {} : { cron_schedule: cron.trim() }),
  };
}
