import { z } from '@hono/zod-openapi';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, idParameter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { pageOf, pageQuery } from '../../platform/http/pagination.ts';
import { defineRoute } from '../route.ts';
import { balanceSchema, changeCreditsSchema, creditsSchema, transactionSchema } from './credits.schemas.ts';

const getCredits = defineRoute({
  method: 'get',
  path: '/account/credits',
  access: 'read',
  summary: 'Get your balance and newest transactions',
  tags: ['Accounts'],
  responses: { 200: jsonResponse(creditsSchema, 'Balance and the newest 50 transactions.') },
});

const listTransactions = defineRoute({
  method: 'get',
  path: '/account/transactions',
  access: 'read',
  summary: 'Page through all your transactions, newest first',
  tags: ['Accounts'],
  request: { query: z.object(pageQuery) },
  responses: { 200: jsonResponse(pageOf(transactionSchema), 'A page of transactions.') },
  errors: ['INVALID_CURSOR'],
});

const changeCredits = defineRoute({
  method: 'post',
  path: '/admin/accounts/{account_id}/credits',
  access: 'admin',
  summary: 'Give credits to an account, or take some back',
  tags: ['Administration'],
  request: { params: idParameter('account_id'), headers: idempotencyHeaders, body: jsonBody(changeCreditsSchema) },
  responses: { 201: jsonResponse(balanceSchema, 'The new balance.') },
  errors: ['BALANCE_WOULD_BE_NEGATIVE', ...IDEMPOTENCY_ERRORS],
});

export const creditsRoutes = createRouter<AppEnv>()
  .openapi(getCredits, async (context) =>
    context.json(await context.var.services.credits.overview(context.var.caller), 200),
  )
  .openapi(listTransactions, async (context) =>
    context.json(await context.var.services.credits.transactions(context.var.caller, context.req.valid('query')), 200),
  )
  .openapi(changeCredits, async (context) => {
    const { account_id: accountId } = context.req.valid('param');
    const { caller, services } = context.var;
    const body = await answerOnce(context, (idempotency) =>
      services.credits.change(caller, accountId, context.req.valid('json'), idempotency),
    );
    return context.json(body, 201);
  });
