import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { clientParameters } from '../clients/clients.schemas.ts';
import { messageSchema } from '../gateway.schemas.ts';
import {
  credentialChangeSchema,
  credentialParameters,
  credentialsSchema,
  newCredentialSchema,
} from './credentials.schemas.ts';

const params = credentialParameters;
const tags = ['Gateway'];
const collection = '/api/clients/{clientId}/credentials';
const item = '/api/clients/{clientId}/credentials/{credentialId}';

const listCredentials = defineRoute({
  method: 'get',
  path: collection,
  access: 'read',
  summary: 'List credentials',
  tags,
  request: { params: clientParameters },
  responses: { 200: jsonResponse(credentialsSchema, 'All of them.') },
});

const createCredential = defineRoute({
  method: 'post',
  path: collection,
  access: 'read',
  summary: 'Create a credential',
  tags,
  request: { params: clientParameters, headers: idempotencyHeaders, body: jsonBody(newCredentialSchema) },
  responses: { 201: jsonResponse(credentialsSchema, 'The credential.') },
  errors: ['ADDRESS_NOT_ALLOWED', 'TOO_MANY', ...IDEMPOTENCY_ERRORS],
});

const getCredential = defineRoute({
  method: 'get',
  path: item,
  access: 'read',
  summary: 'Get a credential',
  tags,
  request: { params },
  responses: { 200: jsonResponse(credentialsSchema, 'The credential.') },
});

const changeCredential = defineRoute({
  method: 'put',
  path: item,
  access: 'read',
  summary: 'Change a credential; what is left out stays',
  tags,
  request: { params, body: jsonBody(credentialChangeSchema) },
  responses: { 200: jsonResponse(credentialsSchema, 'The credential as it is now.') },
  errors: ['IMMUTABLE'],
});

const deleteCredential = defineRoute({
  method: 'delete',
  path: item,
  access: 'read',
  summary: 'Delete a credential',
  tags,
  request: { params },
  responses: { 200: jsonResponse(messageSchema, 'Deleted.') },
  errors: ['IN_USE'],
});

export const credentialsRoutes = createRouter<AppEnv>()
  .openapi(listCredentials, async (context) => {
    const { caller, services } = context.var;
    const { clientId } = context.req.valid('param');
    const items = await services.credentials.list(clientId, caller);
    return context.json({ credentials: items, message: 'Success' }, 200);
  })
  .openapi(createCredential, async (context) => {
    const { caller, services } = context.var;
    const input = context.req.valid('json');
    const { clientId } = context.req.valid('param');
    const body = await answerOnce(context, (idempotency) =>
      services.credentials.create(clientId, input, caller, idempotency),
    );
    return context.json({ credentials: [body], message: 'Success' }, 201);
  })
  .openapi(getCredential, async (context) => {
    const { caller, services } = context.var;
    const { clientId, credentialId } = context.req.valid('param');
    return context.json(
      { credentials: [await services.credentials.get(clientId, credentialId, caller)], message: 'Success' },
      200,
    );
  })
  .openapi(changeCredential, async (context) => {
    const { caller, services } = context.var;
    const { clientId, credentialId } = context.req.valid('param');
    const changed = await services.credentials.change(clientId, credentialId, context.req.valid('json'), caller);
    return context.json({ credentials: [changed], message: 'Success' }, 200);
  })
  .openapi(deleteCredential, async (context) => {
    const { caller, services } = context.var;
    const { clientId, credentialId } = context.req.valid('param');
    await services.credentials.remove(clientId, credentialId, caller);
    return context.json({ message: 'Credential deleted successfully' }, 200);
  });
