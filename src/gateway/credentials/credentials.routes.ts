import { clientParameters } from '../clients/clients.schemas.ts';
import { partRoutes, verbsInClient } from '../parts.routes.ts';
import {
  credentialChangeSchema,
  credentialParameters,
  credentialsSchema,
  newCredentialSchema,
} from './credentials.schemas.ts';

export const credentialsRoutes = partRoutes({
  names: { one: 'credential', many: 'credentials', title: 'Credential' },
  path: '/api/clients/{clientId}/credentials',
  idParameter: 'credentialId',
  placeSchema: clientParameters,
  partSchema: credentialParameters,
  inputSchema: newCredentialSchema,
  changeSchema: credentialChangeSchema,
  listSchema: credentialsSchema,
  listOf: (credentials) => ({ credentials, message: 'Success' }),
  errors: { create: ['ADDRESS_NOT_ALLOWED', 'TOO_MANY'], change: ['IMMUTABLE'], remove: ['IN_USE'] },
  verbs: ({ credentials }, { clientId }, caller) => verbsInClient(credentials, clientId, caller),
});
