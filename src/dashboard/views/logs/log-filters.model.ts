/** What logs are filtered by, as the fields of a form and the parameters of the page's hash. */
export interface LogFilters {
  process: string;
  pattern: string;
  /** `true`: the pattern is RE2. */
  regex: string;
}

export function logFiltersOf(query: URLSearchParams): LogFilters {
  return {
    process: query.get('process') ?? '',
    pattern: query.get('pattern') ?? '',
    regex: query.get('regex') === 'true' ? 'true' : '',
  };
}

/** The API's query: of what is set, nothing else. */
export function logQueryOf({ process, pattern, regex }: LogFilters): URLSearchParams {
  const query = new URLSearchParams();
  if (process !== '') query.set('process', process);
  if (pattern !== '') query.set('pattern', pattern);
  if (pattern !== '' && regex === 'true') query.set('regex', 'true');
  return query;
}
