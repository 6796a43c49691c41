import { parseRoute, type Route } from './route.model.ts';
import { createStore } from './store.ts';
import { FIRST_VIEW } from './views.ts';

const current = (): Route => parseRoute(location.hash, FIRST_VIEW);

export const route = createStore<Route>(current());
addEventListener('hashchange', () => route.set(current()));

/** Changes what is shown without a step in the history: filters, not places. */
export function replaceHash(hash: string): void {
  history.replaceState(null, '', hash);
  route.set(current());
}
