/** Where in the page somebody is: `#/proxies/ID?status=active`. */
export interface Route {
  /** The name of a view; the first one's for an empty hash. */
  view: string;
  /** What follows it, each part decoded. */
  rest: string[];
  query: URLSearchParams;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parseRoute(hash: string, firstView: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [view = '', ...rest] = path.split('/').filter(Boolean).map(decoded);
  return { view: view === '' ? firstView : view, rest, query: new URLSearchParams(query) };
}

/** The hash of a route. Parameters without a value are left out. */
export function hashOf(view: string, rest: readonly string[] = [], query: Record<string, string> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== '');
  const search = new URLSearchParams(filled).toString();
  const path = [view, ...rest].map(encodeURIComponent).join('/');
  return `#/${path}${search === '' ? '' : `?${search}`}`;
}
