import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { exportHeaders } from '../../platform/http/exports.ts';
import { createRouter, idParameter, jsonResponse } from '../../platform/http/openapi.ts';
import { textStream } from '../../platform/http/text-stream.ts';
import {
  exportProxiesQuery,
  listProxiesQuery,
  proxyDetailSchema,
  proxyPageSchema,
  proxySchema,
} from './proxies.schemas.ts';
import { exportFormats } from './proxies-export.service.ts';

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

const exportProxies = defineRoute({
  method: 'get',
  path: '/proxies/export',
  access: 'write',
  summary: 'Write out all proxies that pass the filters, as a file for other tools',
  tags: ['Proxies'],
  request: { query: exportProxiesQuery },
  responses: {
    200: {
      description:
        'Any number of proxies, streamed; neither user names nor passwords. A broken-off answer is incomplete.',
      content: {
        'text/plain': { schema: z.string() },
        'text/csv': { schema: z.string() },
        'application/json': { schema: z.array(proxySchema) },
      },
    },
  },
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
  // Before /proxies/{proxy_id}: no proxy is called `export`.
  .openapi(exportProxies, (context) => {
    const { proxiesExport } = context.var.services;
    const query = context.req.valid('query');
    const headers = exportHeaders(exportFormats[query.format].contentType, proxiesExport.fileName(query));
    return context.body(textStream(proxiesExport.texts(query)), 200, headers);
  })
  .openapi(getProxy, async (context) =>
    context.json(await context.var.services.proxies.get(context.var.caller, context.req.valid('param').proxy_id), 200),
  );
