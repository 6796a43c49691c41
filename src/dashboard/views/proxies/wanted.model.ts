import type { ProxyView } from '../../../api-client/pool.types.ts';
import type { Filters } from './filters.model.ts';

/** Which proxies somebody wants, as the fields of a form: empty means any. */
export interface Wanted {
  protocol: string;
  country: string;
  anonymity: string;
  min_score: string;
  pool: string;
}

export const anyWanted: Wanted = { protocol: '', country: '', anonymity: '', min_score: '', pool: '' };

export function wantedOfFilters({ protocol, country, anonymity, min_score, pool }: Filters): Wanted {
  return { protocol, country, anonymity, min_score, pool };
}

/** One like this: what it is, not how good it is right now. */
export function wantedOfProxy({ protocol, country, anonymity, pool }: ProxyView): Wanted {
  return { protocol, country: country ?? '', anonymity: anonymity ?? '', min_score: '', pool };
}

/** The API's fields: only what was asked for. */
export function wantedBody(wanted: Wanted): Record<string, string | number> {
  const { min_score: minScore, ...texts } = wanted;
  const filled = Object.entries(texts).filter(([, text]) => text.trim() !== '');
  const body: Record<string, string | number> = Object.fromEntries(filled.map(([name, text]) => [name, text.trim()]));
  if (minScore.trim() !== '') body.min_score = Number(minScore);
  return body;
}
