import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { clientParameters } from '../clients/clients.schemas.ts';
import { messageSchema } from '../gateway.schemas.ts';
import { newTargetSchema, targetChangeSchema, targetParameters, targetsSchema } from './targets.schemas.ts';

const params = targetParameters;
const tags = ['Gateway'];
const collection = '/api/clients/{clientId}/targets';
const item = '/api/clients/{clientId}/targets/{targetId}';

const listTargets = defineRoute({
  method: 'get',
  path: collection,
  access: 'read',
  summary: 'List targets',
  tags,
  request: { params: clientParameters },
  responses: { 200: jsonResponse(targetsSchema, 'All of them.') },
});

const createTarget = defineRoute({
  method: 'post',
  path: collection,
  access: 'read',
  summary: 'Create a target',
  tags,
  request: { params: clientParameters, headers: idempotencyHeaders, body: jsonBody(newTargetSchema) },
  responses: { 201: jsonResponse(targetsSchema, 'The target.') },
  errors: ['ADDRESS_NOT_ALLOWED', 'TOO_MANY', ...IDEMPOTENCY_ERRORS],
});

const getTarget = defineRoute({
  method: 'get',
  path: item,
  access: 'read',
  summary: 'Get a target',
  tags,
  request: { params },
  responses: { 200: jsonResponse(targetsSchema, 'The target.') },
});

const changeTarget = defineRoute({
  method: 'put',
  path: item,
  access: 'read',
  summary: 'Change a target; what is left out stays',
  tags,
  request: { params, body: jsonBody(targetChangeSchema) },
  responses: { 200: jsonResponse(targetsSchema, 'The target as it is now.') },
  errors: ['IMMUTABLE', 'ADDRESS_NOT_ALLOWED'],
});

const deleteTarget = defineRoute({
  method: 'delete',
  path: item,
  access: 'read',
  summary: 'Delete a target',
  tags,
  request: { params },
  responses: { 200: jsonResponse(messageSchema, 'Deleted.') },
  errors: ['IN_USE'],
});

export const targetsRoutes = createRouter<AppEnv>()
  .openapi(listTargets, async (context) => {
    const { caller, services } = context.var;
    const { clientId } = context.req.valid('param');
    const items = await services.targets.list(clientId, caller);
    return context.json({ targets: items, message: 'Success' }, 200);
  })
  .openapi(createTarget, async (context) => {
    const { caller, services } = context.var;
    const input = context.req.valid('json');
    const { clientId } = context.req.valid('param');
    const body = await answerOnce(context, (idempotency) =>
      services.targets.create(clientId, input, caller, idempotency),
    );
    return context.json({ targets: [body], message: 'Success' }, 201);
  })
  .openapi(getTarget, async (context) => {
    const { caller, services } = context.var;
    const { clientId, targetId } = context.req.valid('param');
    return context.json({ targets: [await services.targets.get(clientId, targetId, caller)], message: 'Success' }, 200);
  })
  .openapi(changeTarget, async (context) => {
    const { caller, services } = context.var;
    const { clientId, targetId } = context.req.valid('param');
    const changed = await services.targets.change(clientId, targetId, context.req.valid('json'), caller);
    return context.json({ targets: [changed], message: 'Success' }, 200);
  })
  .openapi(deleteTarget, async (context) => {
    const { caller, services } = context.var;
    const { clientId, targetId } = context.req.valid('param');
    await services.targets.remove(clientId, targetId, caller);
    return context.json({ message: 'Target deleted successfully' }, 200);
  });
