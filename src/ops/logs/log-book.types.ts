import type { LogLevel } from '../../platform/log/logger.ts';
import type { ProcessName } from '../processes/process-names.ts';
import type { KeptSummary } from '../requests/request-log.types.ts';

export interface ProcessLogLine {
  process: ProcessName;
  level: LogLevel;
  message: string;
  atMs: number;
}

/** A kept line; its position counts all that were ever written. */
export type KeptLine = ProcessLogLine & { position: number };

export interface LinePage {
  /** Oldest first. */
  lines: KeptLine[];
  /** Matches before the limit. */
  totalCount: number;
}

/** What a socket of a book is told of: lines of some processes, or requests of an account; null: of all. */
export type FeedFilter =
  | { kind: 'lines'; processes: readonly ProcessName[] | null }
  | { kind: 'requests'; accountId: string | null };

export type FeedItem = KeptLine | KeptSummary;

/** A message of a book's socket. */
export type FeedMessage<Item extends FeedItem = FeedItem> =
  | { kind: 'items'; items: Item[] }
  /** What was asked for goes further back than what is kept. */
  | { kind: 'forgotten' };
