import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { clientParameters } from '../clients/clients.schemas.ts';
import { messageSchema } from '../gateway.schemas.ts';
import { newProxySchema, proxiesSchema, proxyChangeSchema, proxyParameters } from './api-proxies.schemas.ts';

const params = proxyParameters;
const tags = ['Gateway'];
const collection = '/api/clients/{clientId}/proxies';
const item = '/api/clients/{clientId}/proxies/{proxyId}';

const listProxies = defineRoute({
  method: 'get',
  path: collection,
  access: 'read',
  summary: 'List gateway proxies',
  tags,
  request: { params: clientParameters },
  responses: { 200: jsonResponse(proxiesSchema, 'All of them.') },
});

const createProxy = defineRoute({
  method: 'post',
  path: collection,
  access: 'read',
  summary: 'Create a gateway proxy',
  tags,
  request: { params: clientParameters, headers: idempotencyHeaders, body: jsonBody(newProxySchema) },
  responses: { 201: jsonResponse(proxiesSchema, 'The gateway proxy.') },
  errors: ['UNKNOWN_PART', 'REGION_MISMATCH', 'ALIAS_TAKEN', 'TOO_MANY', ...IDEMPOTENCY_ERRORS],
});

const getProxy = defineRoute({
  method: 'get',
  path: item,
  access: 'read',
  summary: 'Get a gateway proxy',
  tags,
  request: { params },
  responses: { 200: jsonResponse(proxiesSchema, 'The gateway proxy.') },
});

const changeProxy = defineRoute({
  method: 'put',
  path: item,
  access: 'read',
  summary: 'Change a gateway proxy; what is left out stays',
  tags,
  request: { params, body: jsonBody(proxyChangeSchema) },
  responses: { 200: jsonResponse(proxiesSchema, 'The gateway proxy as it is now.') },
  errors: ['IMMUTABLE', 'UNKNOWN_PART', 'REGION_MISMATCH', 'ALIAS_TAKEN'],
});

const deleteProxy = defineRoute({
  method: 'delete',
  path: item,
  access: 'read',
  summary: 'Delete a gateway proxy',
  tags,
  request: { params },
  responses: { 200: jsonResponse(messageSchema, 'Deleted.') },
  errors: [],
});

export const apiProxiesRoutes = createRouter<AppEnv>()
  .openapi(listProxies, async (context) => {
    const { caller, services } = context.var;
    const { clientId } = context.req.valid('param');
    const items = await services.apiProxies.list(clientId, caller);
    return context.json({ proxies: items, message: 'Success' }, 200);
  })
  .openapi(createProxy, async (context) => {
    const { caller, services } = context.var;
    const input = context.req.valid('json');
    const { clientId } = context.req.valid('param');
    const body = await answerOnce(context, (idempotency) =>
      services.apiProxies.create(clientId, input, caller, idempotency),
    );
    return context.json({ proxies: [body], message: 'Success' }, 201);
  })
  .openapi(getProxy, async (context) => {
    const { caller, services } = context.var;
    const { clientId, proxyId } = context.req.valid('param');
    return context.json(
      { proxies: [await services.apiProxies.get(clientId, proxyId, caller)], message: 'Success' },
      200,
    );
  })
  .openapi(changeProxy, async (context) => {
    const { caller, services } = context.var;
    const { clientId, proxyId } = context.req.valid('param');
    const changed = await services.apiProxies.change(clientId, proxyId, context.req.valid('json'), caller);
    return context.json({ proxies: [changed], message: 'Success' }, 200);
  })
  .openapi(deleteProxy, async (context) => {
    const { caller, services } = context.var;
    const { clientId, proxyId } = context.req.valid('param');
    await services.apiProxies.remove(clientId, proxyId, caller);
    return context.json({ message: 'Proxy deleted successfully' }, 200);
  });
