import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, idParameter, jsonResponse } from '../../platform/http/openapi.ts';
import { listProxiesQuery, proxyDetailSchema, proxyPageSchema } from './proxies.schemas.ts';

const listProxies = defineRoute({
  method: 'get',
  path: '/proxies',
  access: 'read',
  summary: 'List the proxies of the inventory',
  tags: ['Proxies'],
  request: { query: listProxiesQuery },
  responses: { 200: jsonResponse(proxyPageSchema, 'A page; proxies without a value in the sort field come last.') },
  errors: ['INVALID_CURSOR'],
});

const getProxy = defineRoute({
  method: 'get',
  path: '/proxies/{proxy_id}',
  access: 'read',
  summary: 'Get a proxy and its newest checks',
  tags: ['Proxies'],
  request: { params: idParameter('proxy_id') },
  responses: { 200: jsonResponse(proxyDetailSchema, 'The proxy; its checks newest first, 50 at most.') },
});

export const proxiesRoutes = createRouter<AppEnv>()
  .openapi(listProxies, async (context) =>
    context.json(await context.var.services.proxies.list(context.req.valid('query')), 200),
  )
  .openapi(getProxy, async (context) =>
    context.json(await context.var.services.proxies.get(context.req.valid('param').proxy_id), 200),
  );
