/** Finds the rows that are still in the round that was checked: a result that comes twice changes nothing. */
export const SAME_ROUND = `proxies.id = item.value ->> 'id' AND proxies.round = item.value ->> 'checkedRound'`;
