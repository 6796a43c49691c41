/** Of what a page of ours may load: its own files and pictures that lie in them; no inline script or style, no other host. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Path → file of `dist/dashboard/`, for all that may be had without a key; every other unknown path is a 404. */
const PUBLIC_FILES: Readonly<Record<string, string>> = {
  '/': '/index.html',
  '/robots.txt': '/robots.txt',
  '/docs': '/docs/index.html',
  '/docs/docs.css': '/docs/docs.css',
  '/docs/docs.js': '/docs/docs.js',
  '/docs/icon.svg': '/docs/icon.svg',
  '/docs/names.js': '/docs/names.js',
  '/docs/tokens.css': '/docs/tokens.css',
  '/docs/swagger-ui.css': '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js': '/docs/swagger-ui-bundle.js',
  '/graphql': '/graphql/index.html',
  '/graphql/graphiql.css': '/graphql/graphiql.css',
  '/graphql/graphiql.js': '/graphql/graphiql.js',
  '/graphql/playground.css': '/graphql/playground.css',
  '/graphql/playground.js': '/graphql/playground.js',
  '/graphql/react.js': '/graphql/react.js',
  '/graphql/react-dom.js': '/graphql/react-dom.js',
};

/** Scripts, styles and pictures of the dashboard. Their names hold a digest: what one is called never changes. */
const BUILT_FILE = /^\/assets\/[\w-]+(?:\.[\w-]+)*\.(?:js|css|svg)$/;

export const PUBLIC_FILE_METHODS = ['GET', 'HEAD'];

/**
 * The file at the path of a request, with the headers that keep a page to itself; null when there is none. A method that
 * files don't take gets the headers alone.
 */
export async function findPublicFile(request: Request, assets: Fetcher): Promise<Response | null> {
  const url = new URL(request.url);
  const isBuilt = BUILT_FILE.test(url.pathname);
  const path = isBuilt
    ? url.pathname
    : Object.hasOwn(PUBLIC_FILES, url.pathname)
      ? PUBLIC_FILES[url.pathname]
      : undefined;
  if (path === undefined) return null;
  url.pathname = path;
  url.search = '';
  const asked = PUBLIC_FILE_METHODS.includes(request.method) ? request : { method: 'HEAD' };
  const file = await assets.fetch(new Request(url, asked));
  if (file.status === 404) {
    await file.body?.cancel();
    return null;
  }
  const response = new Response(file.body, file);
  response.headers.set('Content-Security-Policy', PAGE_POLICY);
  response.headers.set('X-Content-Type-Options', 'nosniff');
  response.headers.set('Referrer-Policy', 'no-referrer');
  response.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  if (isBuilt) response.headers.set('Cache-Control', 'public, max-age=31536000, immutable');
  return response;
}
