import { partRoutes, verbsInClient } from '../parts.routes.ts';
import { newRuleSchema, ruleChangeSchema, ruleParameters, rulesParameters, rulesSchema } from './rules.schemas.ts';

export const rulesRoutes = partRoutes({
  names: { one: 'rule', many: 'rules', title: 'Rule' },
  path: '/api/clients/{clientId}/{parentKind}/{parentId}/rules',
  idParameter: 'ruleId',
  placeSchema: rulesParameters,
  partSchema: ruleParameters,
  inputSchema: newRuleSchema,
  changeSchema: ruleChangeSchema,
  listSchema: rulesSchema,
  listOf: (rules) => ({ rules, message: 'Success' }),
  errors: { create: ['TOO_MANY'], change: [], remove: [] },
  verbs: async (services, { clientId, ...parent }, caller) =>
    verbsInClient(await services.rulesOf(clientId, parent, caller), clientId, caller),
});
