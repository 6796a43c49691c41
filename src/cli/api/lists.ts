import { CliError } from '../cli-error.ts';
import type { Page } from './api.types.ts';
import type { ApiClient, Query } from './client.ts';

/** The API's largest page. */
const PAGE_ITEMS = 200;
/** `--all` ends there: more is an export's work. */
export const MAX_LISTED_ITEMS = 200_000;

/**
 * A list's first `wanted` items, page after page, as one page: `next_cursor` leads behind the last of them. Throws CliError,
 * for an answer that is no page, too.
 */
export async function readList<Item>(api: ApiClient, path: string, query: Query, wanted: number): Promise<Page<Item>> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (;;) {
    const limit = Math.min(PAGE_ITEMS, wanted - items.length);
    const page: Page<Item> = await api.get(path, { ...query, limit, cursor: cursor ?? undefined });
    if (!Array.isArray(page.items)) {
      throw new CliError(
        'UNREACHABLE',
        'NOT_SWITCHYARD',
        `${api.baseUrl} answered ${path} with something that is no list.`,
      );
    }
    items.push(...page.items);
    cursor = page.next_cursor ?? null;
    const isOver = cursor === null || page.items.length === 0 || items.length >= wanted;
    if (isOver) return { items, next_cursor: cursor, total_count: page.total_count };
  }
}
