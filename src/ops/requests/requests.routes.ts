import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { listRequestsQuery, requestDetailSchema, requestListSchema } from './requests.schemas.ts';

const tags = ['Ops'];
const params = z.object({ request_id: z.string().regex(/^[0-9a-f]{7}$/) });

const listRequests = defineRoute({
  method: 'get',
  path: '/api/v1/proxy/requests',
  access: 'read',
  summary: 'Recent proxied requests of gateway and routing, newest first; admins see those of all',
  tags,
  request: { query: listRequestsQuery },
  responses: { 200: jsonResponse(requestListSchema, 'The newest requests that match.') },
});

const getRequest = defineRoute({
  method: 'get',
  path: '/api/v1/proxy/requests/{request_id}',
  access: 'read',
  summary: 'One proxied request: header fields, both legs, captured bodies',
  tags,
  request: { params },
  responses: { 200: jsonResponse(requestDetailSchema, 'The request, secrets redacted.') },
});

export const requestsRoutes = createRouter<AppEnv>()
  .openapi(listRequests, async (context) =>
    context.json(await context.var.services.requests.list(context.req.valid('query'), context.var.caller), 200),
  )
  .openapi(getRequest, async (context) => {
    const { request_id: id } = context.req.valid('param');
    return context.json(await context.var.services.requests.get(id, context.var.caller), 200);
  });
