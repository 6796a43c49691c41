/** What a proxy speaks. `socks4` includes 4a, `socks5` includes names resolved by the proxy. */
export const PROXY_PROTOCOLS = ['http', 'https', 'socks4', 'socks5'] as const;
export type ProxyProtocol = (typeof PROXY_PROTOCOLS)[number];

/** One proxy as a source names it. Whether its address is public is for the caller to judge. */
export interface ParsedProxy {
  /** IPv4 in dotted decimal, or IPv6 as RFC 5952 writes it, without brackets. */
  ip: string;
  /** 1–65535. */
  port: number;
  /** Null: the source's default. */
  protocol: ProxyProtocol | null;
  username: string | null;
  /** Null whenever `username` is. */
  password: string | null;
  /** ISO 3166-1 alpha-2, upper case. */
  country: string | null;
  tags: Readonly<Record<string, string>>;
}

/** A part of a source: some proxies, and how many entries before or among them were no proxies. */
export interface ParsedBatch {
  proxies: ParsedProxy[];
  skipped: number;
}

/** Reads one kind of proxy list. Parsers hold no state of their own: everything lives in one call of `parse`. */
export interface SourceParser {
  /** The name on the wire: `parser_name` of a source. */
  readonly name: string;
  /** Cron expression of five fields for sources that name none. */
  readonly defaultSchedule: string;
  /** True when the URL alone says that this parser is meant. */
  supports(url: URL): boolean;
  /**
   * Reads a list as it arrives; chunks may be split anywhere. Memory stays bounded whatever comes.
   * Ending the iteration early ends `chunks` too.
   * @throws {SourceParseError} when the rest of the input can't be read; what was yielded before stays good.
   */
  parse(chunks: AsyncIterable<string>): AsyncIterable<ParsedBatch>;
}

/** The input is broken beyond skipping. The message tells where and why, and quotes nothing: a list holds passwords. */
export class SourceParseError extends Error {
  override readonly name = 'SourceParseError';
}
