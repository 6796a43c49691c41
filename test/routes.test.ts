import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../src/app.ts';
import { call, errorCode } from './support/harness.ts';
import { refusal } from './support/refusals.ts';

/** Everything else asks for a key. Each with its reason. */
const publicRoutes: Record<string, string> = {
  'GET /health': 'a load balancer has no key',
  'GET /api/health': 'so does who watches the sessions face',
  'GET /judge': 'the checks reach it through strangers’ proxies, with a signed nonce',
  'GET /ws': 'a browser has no key to send with an upgrade: it has a ticket, or the feed is public',
  'POST /auth/register': 'who registers has no key yet',
  'GET /openapi.json': 'a reader of the documentation has no key',
};

const registered = createApp().routes.filter(({ method }) => method !== 'ALL');
const names = [...new Set(registered.map(({ method, path }) => `${method} ${path}`))].sort();

/** Methods that a path has not, but that a route with a parameter in its place has; ids of sessions may be any word. */
function shadowed(): [method: string, path: string][] {
  const routes = names.map((name) => name.split(' ') as [string, string]);
  const written = [...new Set(routes.map(([, path]) => path).filter((path) => !path.includes(':')))];
  return written
    .filter((path) => !path.startsWith('/api/sessions/'))
    .flatMap((path) =>
      routes
        .filter(
          ([, other]) => other.includes(':') && new RegExp(`^${other.replaceAll(/:[^/]+/g, '[^/]+')}$`).test(path),
        )
        .filter(([method]) => !names.includes(`${method} ${path}`))
        .map(([method]): [string, string] => [method, path]),
    );
}

describe('every route', () => {
  it.each(names.filter((name) => !(name in publicRoutes)))('%s answers 401 without a key', async (name) => {
    const [method = '', path = ''] = name.split(' ');
    const reply = await call(method, path.replaceAll(/:[^/]+/g, '01890000-0000-7000-8000-000000000000'));
    expect(reply).toMatchObject(refusal(path, 'UNAUTHORIZED'));
    expect(reply.status).toBe(401);
  });

  it('is in the OpenAPI document, and the document has no other', async () => {
    const { body } = await call<{ openapi: string; paths: Record<string, object> }>('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`),
    );
    // OpenAPI knows no WebSockets; POST /api/ws/ticket tells of them.
    expect([...documented, 'GET /openapi.json', 'GET /ws'].sort()).toEqual(names);
  });
});

describe('paths that are no route', () => {
  it.each(['//', '/nothing', '/accounts/../nothing', '/%00', '/%F0%9F%92%A9', '/proxies/a/b/c'])(
    'GET %s is 404 with and without a key',
    async (path) => {
      for (const options of [{}, { key: env.ADMIN_API_KEY }]) {
        const reply = await call('GET', path, options);
        expect([reply.status, errorCode(reply)]).toEqual([404, 'NOT_FOUND']);
        expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      }
    },
  );

  it.each(['/api/sessions/a/b', '/api/stats/x', '/api/ip', '/ws/x'])(
    'GET %s is 404 in its face’s own words',
    async (path) => {
      const reply = await call('GET', path);
      expect([reply.status, reply.body]).toEqual([404, { detail: 'There is nothing at this path.' }]);
    },
  );

  it('a known path refuses other methods and names those it takes', async () => {
    const reply = await call('PUT', '/auth/keys');
    expect([reply.status, errorCode(reply)]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(reply.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['OPTIONS', 'GET', 'HEAD'])(
    'a path that is written out has no %s of one with a parameter',
    async (method) => {
      const reply = await call(method, '/proxies/acquire', { key: env.ADMIN_API_KEY });
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST']);
    },
  );

  it.each(shadowed())('%s %s is refused with the methods of that path', async (method, path) => {
    const reply = await call(method, path, { key: env.ADMIN_API_KEY, ...(method !== 'GET' && { json: {} }) });
    const own = names.filter((name) => name.endsWith(` ${path}`)).map((name) => name.replace(` ${path}`, ''));
    const allowed = own.includes('GET') ? [...own, 'HEAD'].sort() : own;
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, allowed.join(', ')]);
  });

  it.each(['/proxies/none', '/sources/none/', '/sources/none'])('GET %s, which is no id, is 404', async (path) => {
    const reply = await call('GET', path, { key: env.ADMIN_API_KEY });
    expect([reply.status, errorCode(reply)]).toEqual([404, 'NOT_FOUND']);
  });

  it('a parameter that is given twice is told so, whatever it is', async () => {
    const reply = await call('GET', '/proxies?country=DE&country=FR&limit=1&limit=2&limit=3', {
      key: env.ADMIN_API_KEY,
    });
    expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
    expect(reply.body).toMatchObject({
      error: {
        details: {
          issues: [
            { path: 'country', message: 'is given 2 times, but takes one value' },
            { path: 'limit', message: 'is given 3 times, but takes one value' },
          ],
        },
      },
    });
  });
});

describe('a public file', () => {
  it.each(['GET', 'HEAD'])('is served to %s by the Worker, with a request id', async (method) => {
    const reply = await call<string>(method, '/robots.txt');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toContain('text/plain');
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    if (method === 'GET') expect(reply.body).toContain('User-agent: *');
  });

  it('may share its path with a route: the methods of both are taken', async () => {
    const reply = await call('DELETE', '/graphql');
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('refuses other methods and names those it takes', async () => {
    const reply = await call('POST', '/robots.txt');
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('health', () => {
  it('says that each part answers', async () => {
    const reply = await call('GET', '/health');
    expect(reply.body).toMatchObject({
      status: 'healthy',
      d1: 'connected',
      durable_objects: 'connected',
      queues: 'connected',
    });
    expect(reply.body.version).toMatch(/^\d+\.\d+\.\d+/);
  });
});

/** The pages that everyone may have, with all their files. */
const pages: Record<string, readonly string[]> = {
  '/docs': ['docs.js', 'docs.css', 'icon.svg', 'swagger-ui-bundle.js', 'swagger-ui.css'],
  '/graphql': ['playground.js', 'playground.css', 'graphiql.js', 'graphiql.css', 'react.js', 'react-dom.js'],
};

describe('the dashboard', () => {
  const filesOf = (page: string) => [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');

  it('is there without a key, made of this host’s files alone, and may load nothing else', async () => {
    const { status, headers, body: page } = await call<string>('GET', '/');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/<script>|<style|style=|\son\w+=/);
    expect(filesOf(page).length).toBeGreaterThanOrEqual(3);
  });

  it('has files that are never asked for again: their names change with them', async () => {
    for (const path of filesOf((await call<string>('GET', '/')).body)) {
      const { status, headers } = await call('GET', path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect((await call('POST', path)).headers.get('allow')).toBe('GET, HEAD');
    }
  });

  it('is all there is: a file that is not there is a 404 like any path', async () => {
    for (const path of [
      '/index.html',
      '/assets/',
      '/assets/none-1234.js',
      '/assets/../index.html',
      '/dashboard',
      '/main.tsx',
    ]) {
      for (const method of ['GET', 'POST']) {
        const reply = await call(method, path);
        expect([path, reply.status, errorCode(reply)]).toEqual([path, 404, 'NOT_FOUND']);
      }
    }
  });
});

describe.each(Object.entries(pages))('the page %s', (path, files) => {
  it('is there without a key, made of this host’s files alone, and may load nothing else', async () => {
    const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
    for (const file of [path, ...files.map((name) => `${path}/${name}`)]) {
      const { status, headers, body } = await call<string>('GET', file);
      expect([file, status]).toEqual([file, 200]);
      expect(headers.get('content-type')).toContain(types[file.split('.').at(-1) ?? ''] ?? 'text/html');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(policy).not.toContain('http');
      expect(body.length).toBeGreaterThan(10);
    }
    const page = (await call<string>('GET', path)).body;
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
    expect(loaded.length).toBeGreaterThan(3);
    for (const url of loaded) expect((await call('GET', url ?? '')).status).toBe(200);
    expect(page).not.toMatch(/<script>|<style|style=|\son\w+=/);
  });

  it('is all there is below its path', async () => {
    for (const below of [
      '/',
      '/index.html',
      '/swagger-ui.LICENSE.txt',
      '/react.LICENSE.txt',
      '/../wrangler.toml',
      '/x',
    ]) {
      expect([below, (await call('GET', `${path}${below}`)).status]).toEqual([below, 404]);
    }
  });
});
