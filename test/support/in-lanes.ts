/** Under way at once. */
const LANES = 8;

/** What each item's run came to, in their order; a few runs are under way at a time. */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const lane = async () => {
    for (const [index, item] of left) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
