import { clientParameters } from '../clients/clients.schemas.ts';
import { partRoutes, verbsInClient } from '../parts.routes.ts';
import { newTargetSchema, targetChangeSchema, targetParameters, targetsSchema } from './targets.schemas.ts';

export const targetsRoutes = partRoutes({
  names: { one: 'target', many: 'targets', title: 'Target' },
  path: '/api/clients/{clientId}/targets',
  idParameter: 'targetId',
  placeSchema: clientParameters,
  partSchema: targetParameters,
  inputSchema: newTargetSchema,
  changeSchema: targetChangeSchema,
  listSchema: targetsSchema,
  listOf: (targets) => ({ targets, message: 'Success' }),
  errors: {
    create: ['ADDRESS_NOT_ALLOWED', 'TOO_MANY'],
    change: ['IMMUTABLE', 'ADDRESS_NOT_ALLOWED'],
    remove: ['IN_USE'],
  },
  verbs: ({ targets }, { clientId }, caller) => verbsInClient(targets, clientId, caller),
});
