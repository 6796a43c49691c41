import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { messageSchema } from '../gateway.schemas.ts';
import { newRuleSchema, ruleChangeSchema, ruleParameters, rulesParameters, rulesSchema } from './rules.schemas.ts';

const params = ruleParameters;
const tags = ['Gateway'];
const collection = '/api/clients/{clientId}/{parentKind}/{parentId}/rules';
const item = '/api/clients/{clientId}/{parentKind}/{parentId}/rules/{ruleId}';

const listRules = defineRoute({
  method: 'get',
  path: collection,
  access: 'read',
  summary: 'List rules',
  tags,
  request: { params: rulesParameters },
  responses: { 200: jsonResponse(rulesSchema, 'All of them.') },
});

const createRule = defineRoute({
  method: 'post',
  path: collection,
  access: 'read',
  summary: 'Create a rule',
  tags,
  request: { params: rulesParameters, headers: idempotencyHeaders, body: jsonBody(newRuleSchema) },
  responses: { 201: jsonResponse(rulesSchema, 'The rule.') },
  errors: ['TOO_MANY', ...IDEMPOTENCY_ERRORS],
});

const getRule = defineRoute({
  method: 'get',
  path: item,
  access: 'read',
  summary: 'Get a rule',
  tags,
  request: { params },
  responses: { 200: jsonResponse(rulesSchema, 'The rule.') },
});

const changeRule = defineRoute({
  method: 'put',
  path: item,
  access: 'read',
  summary: 'Change a rule; what is left out stays',
  tags,
  request: { params, body: jsonBody(ruleChangeSchema) },
  responses: { 200: jsonResponse(rulesSchema, 'The rule as it is now.') },
  errors: [],
});

const deleteRule = defineRoute({
  method: 'delete',
  path: item,
  access: 'read',
  summary: 'Delete a rule',
  tags,
  request: { params },
  responses: { 200: jsonResponse(messageSchema, 'Deleted.') },
  errors: [],
});

export const rulesRoutes = createRouter<AppEnv>()
  .openapi(listRules, async (context) => {
    const { caller, services } = context.var;
    const { clientId, ...parent } = context.req.valid('param');
    const items = await (await services.rulesOf(clientId, parent, caller)).list(clientId, caller);
    return context.json({ rules: items, message: 'Success' }, 200);
  })
  .openapi(createRule, async (context) => {
    const { caller, services } = context.var;
    const input = context.req.valid('json');
    const { clientId, ...parent } = context.req.valid('param');
    const body = await answerOnce(context, async (idempotency) =>
      (await services.rulesOf(clientId, parent, caller)).create(clientId, input, caller, idempotency),
    );
    return context.json({ rules: [body], message: 'Success' }, 201);
  })
  .openapi(getRule, async (context) => {
    const { caller, services } = context.var;
    const { clientId, ruleId, ...parent } = context.req.valid('param');
    return context.json(
      {
        rules: [await (await services.rulesOf(clientId, parent, caller)).get(clientId, ruleId, caller)],
        message: 'Success',
      },
      200,
    );
  })
  .openapi(changeRule, async (context) => {
    const { caller, services } = context.var;
    const { clientId, ruleId, ...parent } = context.req.valid('param');
    const changed = await (await services.rulesOf(clientId, parent, caller)).change(
      clientId,
      ruleId,
      context.req.valid('json'),
      caller,
    );
    return context.json({ rules: [changed], message: 'Success' }, 200);
  })
  .openapi(deleteRule, async (context) => {
    const { caller, services } = context.var;
    const { clientId, ruleId, ...parent } = context.req.valid('param');
    await (await services.rulesOf(clientId, parent, caller)).remove(clientId, ruleId, caller);
    return context.json({ message: 'Rule deleted successfully' }, 200);
  });
