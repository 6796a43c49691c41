import { waitUntil } from 'cloudflare:workers';
import type { AppContext, AppEnv } from './app-env.ts';
import { parsedConfigOf } from './config.ts';
import { errorShapeOf } from './faces.ts';
import { registerEventWebhooks } from './notifiers/openapi-webhooks.ts';
import { apiKeySecurity, openApiDocument } from './openapi-document.ts';
import { withExamples } from './openapi-examples.ts';
import type { Config } from './platform/env.ts';
import { appError } from './platform/errors/app-error.ts';
import { errorShapes, statusOfCode } from './platform/errors/error-shapes.ts';
import { toAppError } from './platform/errors/http-mapper.ts';
import { createMethodFinder } from './platform/http/allowed-methods.ts';
import { drainUnreadBody } from './platform/http/body-limit.middleware.ts';
import { createRouter } from './platform/http/openapi.ts';
import { requestId } from './platform/http/request-id.middleware.ts';
import { createLogger, describeError } from './platform/log/logger.ts';
import { findPublicFile, PUBLIC_FILE_METHODS } from './public-files.ts';
import { routes } from './routes.ts';
import { namesTarget } from './routing/forward/forward-request.model.ts';
import { createServices, type Services } from './services.ts';

function renderError(error: unknown, context: AppContext) {
  const shown = toAppError(error);
  if (shown.code === 'INTERNAL' || shown.code === 'UNAVAILABLE') {
    const { method, path } = context.req;
    const fields = { requestId: context.get('requestId'), method, path, ...describeError(error) };
    createLogger().error('request failed', fields);
  }
  // A request that is forwarded is of no face's path, wherever it came.
  const shape = namesTarget(context.req.raw.headers) ? 'pool' : errorShapeOf(context.req.path);
  const status = statusOfCode(shown.code, shape);
  return context.json(errorShapes[shape].render(shown), status, { ...shown.headers, 'Cache-Control': 'no-store' });
}

const servicesByEnv = new WeakMap<object, Services>();

/** What an isolate is made of. It is made once, and holds nothing of a request: `waitUntil` is that of whoever runs. */
function servicesOf(env: Env, config: Config): Services {
  const services = servicesByEnv.get(env) ?? createServices(env, config, waitUntil);
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

/** The Worker's HTTP side: middleware, error mapper, document, routes. */
export function createApp() {
  const app = createRouter<AppEnv>();
  app.use(requestId);
  app.use(drainUnreadBody);
  app.use(async (context, next) => {
    const parsed = parsedConfigOf(context.env);
    if (!parsed.ok) throw appError('MISCONFIGURED');
    context.set('services', servicesOf(context.env, parsed.config));
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
    return renderError(appError('METHOD_NOT_ALLOWED', { headers: { Allow: methods.join(', ') } }), context);
  });
  return app;
}
