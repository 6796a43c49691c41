/** A statement and what is bound to it; lists are one JSON parameter, as a statement takes 100 at most. */
export type Write = readonly [text: string, ...parameters: (string | number | null)[]];

/** Finds the rows that are still in the round that was checked: a result that comes twice changes nothing. */
export const SAME_ROUND = `proxies.id = item.value ->> 'id' AND proxies.round = item.value ->> 'checkedRound'`;
