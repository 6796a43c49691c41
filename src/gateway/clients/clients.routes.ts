import { z } from '@hono/zod-openapi';
import { partRoutes } from '../parts.routes.ts';
import { clientChangeSchema, clientParameters, clientsSchema, newClientSchema } from './clients.schemas.ts';

export const clientsRoutes = partRoutes({
  names: { one: 'client', many: 'clients', title: 'Client' },
  path: '/api/clients',
  idParameter: 'clientId',
  placeSchema: z.object({}),
  partSchema: clientParameters,
  inputSchema: newClientSchema,
  changeSchema: clientChangeSchema,
  listSchema: clientsSchema,
  listOf: (clients) => ({ clients, message: 'Success' }),
  errors: { create: ['TOO_MANY'], change: [], remove: ['DEFAULT_CLIENT', 'IN_USE'] },
  verbs: ({ clients }, _account, caller) => ({
    list: () => clients.list(caller),
    create: (input, idempotency) => clients.create(input, caller, idempotency),
    get: (id) => clients.get(id, caller),
    change: (id, change) => clients.change(id, change, caller),
    remove: (id) => clients.remove(id, caller),
  }),
});
