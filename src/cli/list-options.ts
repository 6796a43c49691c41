import { type Command, Option } from 'commander';
import { formatCount, formatNoun } from '../dashboard/parts/format.model.ts';
import type { Page } from './api/api.types.ts';
import type { Query } from './api/client.ts';
import { MAX_LISTED_ITEMS, readList } from './api/lists.ts';
import type { Session } from './session.ts';
import type { Column } from './terminal/table.model.ts';
import { integerFrom } from './values.ts';

const DEFAULT_ITEMS = 50;

export interface ListOptions {
  limit: number;
  all?: boolean;
}

/** Gives a command `--limit` and `--all`. */
export function listOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <count>', 'how many at most')
        .argParser(integerFrom(1, MAX_LISTED_ITEMS))
        .default(DEFAULT_ITEMS),
    )
    .addOption(new Option('--all', 'all of them').conflicts('limit'));
}

interface ShownList<Item> {
  path: string;
  query: Query;
  /** What an item is, and several of them. */
  nouns: readonly [string, string];
  columns: readonly Column[];
  toRow(item: Item): string[];
}

/** Prints a list as its options ask, and says how much of it there is. */
export async function showList<Item>(
  { api, terminal, isJson }: Session,
  { limit, all }: ListOptions,
  { path, query, nouns, columns, toRow }: ShownList<Item>,
): Promise<void> {
  const page: Page<Item> = await readList<Item>(api, path, query, all === true ? MAX_LISTED_ITEMS : limit);
  if (isJson) return terminal.json(page);
  terminal.table(columns, page.items.map(toRow));
  const shown = page.items.length;
  if (page.next_cursor === null) return terminal.note(formatNoun(shown, ...nouns));
  terminal.note(`${formatCount(shown)} of ${formatNoun(page.total_count, ...nouns)}; more by --limit or --all`);
}
