import type { AppEnv } from '../../app-env.ts';
import { createRouter } from '../../platform/http/openapi.ts';
import type { GatewayCall } from './forward.service.ts';

const BY_ID = /^\/api\/(proxy_[0-9a-f]{32})(\/.*)?$/;
const BY_ALIAS = /^\/api\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/([a-z0-9-]{1,63})(\/.*)?$/;

/** The call that a URL stands for; null when it is none. Its path and query stay as the URL has them. */
export function readCall(url: string): GatewayCall | null {
  const { pathname, search: query } = new URL(url);
  const [, proxyId, path = '/'] = BY_ID.exec(pathname) ?? [];
  if (proxyId !== undefined) return { name: { proxyId }, path, query };
  const [, clientId, alias, rest = '/'] = BY_ALIAS.exec(pathname) ?? [];
  if (clientId === undefined || alias === undefined) return null;
  return { name: { clientId, alias }, path: rest, query };
}

/** The data plane: any method, any path below a proxy's name. It takes the proxy's own credential, and no account key. */
export const forwardRoutes = createRouter<AppEnv>();

forwardRoutes.all('/api/*', async (context, next) => {
  const call = readCall(context.req.url);
  if (!call) return next();
  return context.var.services.forwarder.forward(context.req.raw, call);
});
