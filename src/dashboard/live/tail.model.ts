/** As many as a page shows of what goes on; filters and the API's lists have the others. */
export const MAX_TAIL_ITEMS = 500;

/**
 * Joins a list with what was streamed since before it was asked for: what is in both is there once. Both are oldest first;
 * `keyOf` is equal for the same item.
 */
export function joinTail<Item>(
  listed: readonly Item[],
  streamed: readonly Item[],
  keyOf: (item: Item) => string,
): Item[] {
  const keys = { listed: listed.map(keyOf), streamed: streamed.map(keyOf) };
  const most = Math.min(listed.length, streamed.length);
  const isOverlap = (length: number) =>
    keys.streamed.slice(0, length).every((key, index) => key === keys.listed[listed.length - length + index]);
  let overlap = most;
  while (overlap > 0 && !isOverlap(overlap)) overlap -= 1;
  return [...listed, ...streamed.slice(overlap)];
}

/** The newest of what was there and what came. */
export function appendTail<Item>(items: readonly Item[], added: readonly Item[]): Item[] {
  return [...items, ...added].slice(-MAX_TAIL_ITEMS);
}
