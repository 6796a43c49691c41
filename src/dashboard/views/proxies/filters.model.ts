/** The filters of the list of proxies, by the API's own names, in the order of the page. */
export const filterNames = [
  'status',
  'protocol',
  'anonymity',
  'country',
  'pool',
  'min_score',
  'max_latency_ms',
  'min_uptime_pct',
  'verified_within_minutes',
  'sort',
  'order',
] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = Record<FilterName, string>;

/** The filters that a hash names; what it does not name is empty, what is no filter is dropped. */
export function filtersOf(query: URLSearchParams): Filters {
  return Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? ''])) as Filters;
}

/** The API's query: of what is set, nothing else, so that the same filters are always the same list. */
export function queryOf(filters: Filters): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of filterNames) {
    const value = filters[name].trim();
    if (value !== '') query.set(name, name === 'country' ? value.toUpperCase() : value);
  }
  return query;
}

/** How many filters narrow the list; the order does not. */
export function countSet(filters: Filters): number {
  return filterNames.filter((name) => name !== 'sort' && name !== 'order' && filters[name].trim() !== '').length;
}
