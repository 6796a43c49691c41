import type { AppEnv } from '../app-env.ts';
import { clientAddress } from '../platform/http/client-address.ts';
import { createRouter, idParameter, jsonBody, jsonResponse } from '../platform/http/openapi.ts';
import {
  accountSchema,
  createKeySchema,
  issuedKeySchema,
  keyListSchema,
  registerSchema,
  registrationSchema,
} from './accounts.schemas.ts';
import { defineRoute } from './route.ts';

const register = defineRoute({
  method: 'post',
  path: '/auth/register',
  access: 'public',
  summary: 'Create an account and its first API key',
  tags: ['Accounts'],
  request: { body: jsonBody(registerSchema) },
  responses: { 201: jsonResponse(registrationSchema, 'The account and its key. The key is shown only here.') },
  errors: ['EMAIL_TAKEN', 'REGISTRATION_CLOSED', 'RATE_LIMITED'],
});

const createKey = defineRoute({
  method: 'post',
  path: '/auth/keys',
  access: 'read',
  summary: 'Create another API key of your account',
  description: 'A retry makes another: `Idempotency-Key` is not honoured, since the secret of the answer is not kept.',
  tags: ['Accounts'],
  request: { body: jsonBody(createKeySchema) },
  responses: { 201: jsonResponse(issuedKeySchema, 'The key. It is shown only here.') },
});

const listKeys = defineRoute({
  method: 'get',
  path: '/auth/keys',
  access: 'read',
  summary: 'List your API keys',
  tags: ['Accounts'],
  responses: { 200: jsonResponse(keyListSchema, 'Your keys, newest first, revoked ones too.') },
});

const revokeKey = defineRoute({
  method: 'delete',
  path: '/auth/keys/{key_id}',
  access: 'read',
  summary: 'Revoke an API key',
  tags: ['Accounts'],
  request: { params: idParameter('key_id') },
  responses: { 204: { description: 'Revoked.' } },
  errors: ['LAST_KEY'],
});

const getAccount = defineRoute({
  method: 'get',
  path: '/account',
  access: 'read',
  summary: 'Get your account',
  tags: ['Accounts'],
  responses: { 200: jsonResponse(accountSchema, 'Your account.') },
});

export const accountsRoutes = createRouter<AppEnv>()
  .openapi(register, async (context) => {
    const { email, display_name: displayName, invite = null } = context.req.valid('json');
    const address = clientAddress(context.req.raw.headers) ?? 'unknown';
    return context.json(await context.var.services.accounts.register({ email, displayName, invite, address }), 201);
  })
  .openapi(createKey, async (context) => {
    const { caller, services } = context.var;
    return context.json(await services.accounts.issueOwnKey(caller, context.req.valid('json').label), 201);
  })
  .openapi(listKeys, async (context) =>
    context.json(await context.var.services.apiKeys.listKeys(context.var.caller), 200),
  )
  .openapi(revokeKey, async (context) => {
    await context.var.services.apiKeys.revokeKey(context.var.caller, context.req.valid('param').key_id);
    return context.body(null, 204);
  })
  .openapi(getAccount, async (context) =>
    context.json(await context.var.services.accounts.getAccount(context.var.caller), 200),
  );
