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

/** Path → file of `public/`, for all that may be had without a key; every other unknown path is a 404. */
const PUBLIC_FILES: Readonly<Record<string, string>> = {
  '/robots.txt': '/robots.txt',
  '/docs': '/docs/index.html',
  '/docs/docs.css': '/docs/docs.css',
  '/docs/docs.js': '/docs/docs.js',
  '/docs/icon.svg': '/docs/icon.svg',
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

/** True for the path of a file that everyone may have. */
export function isPublicFile(path: string): boolean {
  return Object.hasOwn(PUBLIC_FILES, path);
}

/** The file of a path that `isPublicFile`, with the headers that keep a page to itself. */
export async function servePublicFile(request: Request, assets: Fetcher): Promise<Response> {
  const url = new URL(request.url);
  url.pathname = PUBLIC_FILES[url.pathname] ?? url.pathname;
  url.search = '';
  const file = await assets.fetch(new Request(url, request));
  const response = new Response(file.body, file);
  response.headers.set('Content-Security-Policy', PAGE_POLICY);
  response.headers.set('X-Content-Type-Options', 'nosniff');
  response.headers.set('Referrer-Policy', 'no-referrer');
  response.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  return response;
}
