interface RegisteredRoute {
  method: string;
  path: string;
}

function toPattern(path: string): RegExp {
  const literal = path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll(/:[^/]+/g, '[^/]+').replaceAll(/\{[^/]+\}/g, '[^/]+')}$`);
}

/**
 * The methods that a path takes, for `Allow` (RFC 9110 section 10.2.1); empty when no route has this path. A path that is
 * written out has its own alone: `GET /proxies/{id}` is no method of `/proxies/acquire`.
 */
export function createMethodFinder(registered: readonly RegisteredRoute[]): (path: string) => string[] {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  for (const { method, path } of registered) {
    if (method === 'ALL') continue;
    const entry = patterns.get(path) ?? { pattern: toPattern(path), methods: new Set() };
    entry.methods.add(method);
    if (method === 'GET') entry.methods.add('HEAD');
    patterns.set(path, entry);
  }
  return (path) => {
    const own = patterns.get(path);
    if (own) return [...own.methods].sort();
    const methods = [...patterns.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((entry) => [...entry.methods]);
    return [...new Set(methods)].sort();
  };
}
