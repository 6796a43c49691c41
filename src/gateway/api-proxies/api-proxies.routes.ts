import { clientParameters } from '../clients/clients.schemas.ts';
import { partRoutes, verbsInClient } from '../parts.routes.ts';
import { newProxySchema, proxiesSchema, proxyChangeSchema, proxyParameters } from './api-proxies.schemas.ts';

export const apiProxiesRoutes = partRoutes({
  names: { one: 'gateway proxy', many: 'gateway proxies', title: 'Proxy' },
  path: '/api/clients/{clientId}/proxies',
  idParameter: 'proxyId',
  placeSchema: clientParameters,
  partSchema: proxyParameters,
  inputSchema: newProxySchema,
  changeSchema: proxyChangeSchema,
  listSchema: proxiesSchema,
  listOf: (proxies) => ({ proxies, message: 'Success' }),
  errors: {
    create: ['UNKNOWN_PART', 'REGION_MISMATCH', 'ALIAS_TAKEN', 'TOO_MANY'],
    change: ['IMMUTABLE', 'UNKNOWN_PART', 'REGION_MISMATCH', 'ALIAS_TAKEN'],
    remove: [],
  },
  verbs: ({ apiProxies }, { clientId }, caller) => verbsInClient(apiProxies, clientId, caller),
});
