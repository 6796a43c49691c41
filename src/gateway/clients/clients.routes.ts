import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { messageSchema } from '../gateway.schemas.ts';
import { clientChangeSchema, clientParameters, clientsSchema, newClientSchema } from './clients.schemas.ts';

const params = clientParameters;
const tags = ['Gateway'];
const collection = '/api/clients';
const item = '/api/clients/{clientId}';

const listClients = defineRoute({
  method: 'get',
  path: collection,
  access: 'read',
  summary: 'List clients',
  tags,
  responses: { 200: jsonResponse(clientsSchema, 'All of them.') },
});

const createClient = defineRoute({
  method: 'post',
  path: collection,
  access: 'read',
  summary: 'Create a client',
  tags,
  request: { headers: idempotencyHeaders, body: jsonBody(newClientSchema) },
  responses: { 201: jsonResponse(clientsSchema, 'The client.') },
  errors: ['TOO_MANY', ...IDEMPOTENCY_ERRORS],
});

const getClient = defineRoute({
  method: 'get',
  path: item,
  access: 'read',
  summary: 'Get a client',
  tags,
  request: { params },
  responses: { 200: jsonResponse(clientsSchema, 'The client.') },
});

const changeClient = defineRoute({
  method: 'put',
  path: item,
  access: 'read',
  summary: 'Change a client; what is left out stays',
  tags,
  request: { params, body: jsonBody(clientChangeSchema) },
  responses: { 200: jsonResponse(clientsSchema, 'The client as it is now.') },
  errors: [],
});

const deleteClient = defineRoute({
  method: 'delete',
  path: item,
  access: 'read',
  summary: 'Delete a client',
  tags,
  request: { params },
  responses: { 200: jsonResponse(messageSchema, 'Deleted.') },
  errors: ['DEFAULT_CLIENT', 'IN_USE'],
});

export const clientsRoutes = createRouter<AppEnv>()
  .openapi(listClients, async (context) => {
    const { caller, services } = context.var;
    const items = await services.clients.list(caller);
    return context.json({ clients: items, message: 'Success' }, 200);
  })
  .openapi(createClient, async (context) => {
    const { caller, services } = context.var;
    const input = context.req.valid('json');
    const body = await answerOnce(context, (idempotency) => services.clients.create(input, caller, idempotency));
    return context.json({ clients: [body], message: 'Success' }, 201);
  })
  .openapi(getClient, async (context) => {
    const { caller, services } = context.var;
    const { clientId } = context.req.valid('param');
    return context.json({ clients: [await services.clients.get(clientId, caller)], message: 'Success' }, 200);
  })
  .openapi(changeClient, async (context) => {
    const { caller, services } = context.var;
    const { clientId } = context.req.valid('param');
    const changed = await services.clients.change(clientId, context.req.valid('json'), caller);
    return context.json({ clients: [changed], message: 'Success' }, 200);
  })
  .openapi(deleteClient, async (context) => {
    const { caller, services } = context.var;
    const { clientId } = context.req.valid('param');
    await services.clients.remove(clientId, caller);
    return context.json({ message: 'Client deleted successfully' }, 200);
  });
