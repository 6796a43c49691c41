import { waitUntil } from 'cloudflare:workers';
import type { AppContext, AppEnv, DataPlane } from './app-env.ts';
import { parsedConfigOf } from './config.ts';
import { errorShapeOf } from './faces.ts';
import { registerEventWebhooks } from './notifiers/openapi-webhooks.ts';
import { apiKeySecurity, openApiDocument } from './openapi-document.ts';
import { withExamples } from './openapi-examples.ts';
import { appError } from './platform/errors/app-error.ts';
import { type ErrorShape, errorShapes, statusOfCode } from './platform/errors/error-shapes.ts';
import { toAppError } from './platform/errors/http-mapper.ts';
import { createMethodFinder } from './platform/http/allowed-methods.ts';
import { drainUnread, drainUnreadBody } from './platform/http/body-limit.middleware.ts';
import { createRouter } from './platform/http/openapi.ts';
import { createRequestId, REQUEST_ID_HEADER, requestId } from './platform/http/request-id.middleware.ts';
import { createLogger, describeError } from './platform/log/logger.ts';
import { findPublicFile, PUBLIC_FILE_METHODS } from './public-files.ts';
import { dataPlanes, routes } from './routes.ts';
import { createServices, type Services } from './services.ts';

interface FailedRequest {
  requestId: string;
  method: string;
  path: string;
  shape: ErrorShape;
}

/** What an error answers; what is nobody's fault but ours is logged. */
function describeFailure(error: unknown, { shape, ...request }: FailedRequest) {
  const shown = toAppError(error);
  if (shown.code === 'INTERNAL' || shown.code === 'UNAVAILABLE') {
    createLogger().error('request failed', { ...request, ...describeError(error) });
  }
  return {
    body: errorShapes[shape].render(shown),
    status: statusOfCode(shown.code, shape),
    headers: { ...shown.headers, 'Cache-Control': 'no-store' },
  };
}

function renderError(error: unknown, context: AppContext) {
  const { method, path } = context.req;
  const request = { requestId: context.get('requestId'), method, path, shape: errorShapeOf(path) };
  const { body, status, headers } = describeFailure(error, request);
  return context.json(body, status, headers);
}

/** Of a route that has the method, but whose parameters can't be what the path has in their place. */
const NOTHING_WITH_THIS_ID = 'There is nothing with this id.';

const servicesByEnv = new WeakMap<object, Services>();

/** What an isolate is made of. It is made once, and holds nothing of a request: `waitUntil` is that of whoever runs. */
function requireServices(env: Env): Services {
  const made = servicesByEnv.get(env);
  if (made) return made;
  const parsed = parsedConfigOf(env);
  if (!parsed.ok) throw appError('MISCONFIGURED');
  const services = createServices(env, parsed.config, waitUntil);
  servicesByEnv.set(env, services);
  return services;
}

/** Makes a value when it is first asked for. */
function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** What a data plane carries, with all that it shares with the other faces: an id, services, errors, bodies read to their end. */
async function carry(request: Request, env: Env, plane: NonNullable<ReturnType<DataPlane>>): Promise<Response> {
  const requestId = createRequestId();
  let response: Response;
  try {
    response = await plane(requireServices(env));
  } catch (error) {
    const { method, url } = request;
    const failed = { requestId, method, path: new URL(url).pathname, shape: 'pool' } as const;
    const { body, ...init } = describeFailure(error, failed);
    response = Response.json(body, init);
  }
  await drainUnread(request);
  response.headers.set(REQUEST_ID_HEADER, requestId);
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

/** Everything but the data planes: middleware, error mapper, document, routes. */
function createFaces() {
  const app = createRouter<AppEnv>();
  app.use(requestId);
  app.use(drainUnreadBody);
  app.use(async (context, next) => {
    context.set('services', requireServices(context.env));
    await next();
  });
  app.onError(renderError);
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', apiKeySecurity);
  registerEventWebhooks(app.openAPIRegistry);
  for (const feature of routes) app.route('/', feature);
  const describeApi = once(() => withExamples(app.getOpenAPI31Document(openApiDocument)));
  app.get('/openapi.json', (context) => context.json(describeApi()));

  const methodsOf = createMethodFinder(app.routes);
  app.notFound(async (context) => {
    const { method, path } = context.req;
    const file = await findPublicFile(context.req.raw, context.env.ASSETS);
    if (file && PUBLIC_FILE_METHODS.includes(method)) return file;
    const methods = [...new Set([...(file ? PUBLIC_FILE_METHODS : []), ...methodsOf(path)])].sort();
    if (methods.length === 0) return renderError(appError('NOT_FOUND'), context);
    if (methods.includes(method)) return renderError(appError('NOT_FOUND', { message: NOTHING_WITH_THIS_ID }), context);
    return renderError(appError('METHOD_NOT_ALLOWED', { headers: { Allow: methods.join(', ') } }), context);
  });
  return app;
}

/** The Worker's HTTP side. */
export function createApp() {
  const faces = createFaces();
  return {
    routes: faces.routes,

    async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
      for (const plane of dataPlanes) {
        const carried = plane(request);
        if (carried) return carry(request, env, carried);
      }
      return faces.fetch(request, env, context);
    },
  };
}
