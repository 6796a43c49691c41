import { z } from '@hono/zod-openapi';
import type { AppEnv } from '../app-env.ts';
import { createRouter, idParameter, jsonBody, jsonResponse } from '../platform/http/openapi.ts';
import { pageOf, pageQuery } from '../platform/http/pagination.ts';
import {
  adminAccountSchema,
  createKeySchema,
  inviteSchema,
  issuedKeySchema,
  patchAccountSchema,
} from './accounts.schemas.ts';
import { defineRoute } from './route.ts';

const params = idParameter('account_id');
const tags = ['Administration'];

const listAccounts = defineRoute({
  method: 'get',
  path: '/admin/accounts',
  access: 'admin',
  summary: 'List accounts, newest first',
  tags,
  request: { query: z.object(pageQuery) },
  responses: { 200: jsonResponse(pageOf(adminAccountSchema), 'A page of accounts.') },
  errors: ['INVALID_CURSOR'],
});

const patchAccount = defineRoute({
  method: 'patch',
  path: '/admin/accounts/{account_id}',
  access: 'admin',
  summary: 'Change the role of an account, or disable it',
  tags,
  request: { params, body: jsonBody(patchAccountSchema) },
  responses: { 200: jsonResponse(adminAccountSchema, 'The account as it is now.') },
});

const deleteAccount = defineRoute({
  method: 'delete',
  path: '/admin/accounts/{account_id}',
  access: 'admin',
  summary: 'Delete an account and its keys; its ledger stays',
  tags,
  request: { params },
  responses: { 204: { description: 'Deleted.' } },
});

const issueKey = defineRoute({
  method: 'post',
  path: '/admin/accounts/{account_id}/keys',
  access: 'admin',
  summary: 'Issue a key for someone who is locked out',
  description: 'A retry makes another: `Idempotency-Key` is not honoured, since the secret of the answer is not kept.',
  tags,
  request: { params, body: jsonBody(createKeySchema) },
  responses: { 201: jsonResponse(issuedKeySchema, 'The key. It is shown only here.') },
});

const createInvite = defineRoute({
  method: 'post',
  path: '/admin/invites',
  access: 'admin',
  summary: 'Create a one-time invite for registration',
  description: 'A retry makes another: `Idempotency-Key` is not honoured, since the secret of the answer is not kept.',
  tags,
  responses: { 201: jsonResponse(inviteSchema, 'The invite. It is shown only here.') },
});

export const adminRoutes = createRouter<AppEnv>()
  .openapi(listAccounts, async (context) =>
    context.json(await context.var.services.administration.listAccounts(context.req.valid('query')), 200),
  )
  .openapi(patchAccount, async (context) => {
    const { account_id: accountId } = context.req.valid('param');
    return context.json(
      await context.var.services.administration.patchAccount(accountId, context.req.valid('json')),
      200,
    );
  })
  .openapi(deleteAccount, async (context) => {
    await context.var.services.administration.deleteAccount(context.req.valid('param').account_id);
    return context.body(null, 204);
  })
  .openapi(issueKey, async (context) => {
    const { account_id: accountId } = context.req.valid('param');
    return context.json(
      await context.var.services.administration.issueKeyFor(accountId, context.req.valid('json').label),
      201,
    );
  })
  .openapi(createInvite, async (context) =>
    context.json(await context.var.services.administration.createInvite(context.var.caller), 201),
  );
