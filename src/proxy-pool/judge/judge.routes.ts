import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { clientAddress } from '../../platform/http/client-address.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { STATUS_HEADER } from '../../plugins/checkers/checker.types.ts';
import { describeCaller } from './judge.service.ts';
import { asPage } from './judge-answer.ts';

const judgeSchema = z
  .object({
    ip: z.string(),
    country: z.string().nullable(),
    asn: z.number().int().nullable(),
    headers: z.record(z.string(), z.string()),
    nonce: z.string(),
    status: z.number().int().openapi({ description: 'The HTTP status that it was sent with.' }),
    answer_id: z.string(),
    signature: z.string(),
  })
  .openapi('JudgeAnswer');

const getJudge = defineRoute({
  method: 'get',
  path: '/judge',
  access: 'public',
  summary: 'What this service sees of a caller, signed; answers only to its own checks',
  tags: ['System'],
  // The nonce's form is the service's own business: whatever it gets wrong is one error.
  request: { query: z.object({ nonce: z.string().default('') }) },
  responses: {
    200: {
      description:
        'What was seen, with an HMAC-SHA-256 over all of it. A page around the same for `Accept: text/html`.',
      content: { 'application/json': { schema: judgeSchema }, 'text/html': { schema: z.string() } },
    },
    404: jsonResponse(judgeSchema, `The same as an error page, for whoever asks by \`${STATUS_HEADER}: 404\`.`),
  },
  errors: ['INVALID_NONCE'],
});

export const judgeRoutes = createRouter<AppEnv>().openapi(getJudge, async (context) => {
  const { judge, config } = context.var.services;
  const { nonce } = context.req.valid('query');
  if (!(await judge.isOurs(nonce))) throw appError('INVALID_NONCE');
  const request = context.req.raw;
  const ip = clientAddress(request.headers);
  if (ip === null) throw appError('UNAVAILABLE', { message: 'The edge did not say who is calling.' });
  const facts = describeCaller({
    ip,
    nonce,
    status: request.headers.get(STATUS_HEADER) === '404' ? 404 : 200,
    headers: [...request.headers],
    cf: { ...request.cf },
    labGeo: config.LAB_GEO,
  });
  const answer = await judge.answer(facts);
  context.header('Cache-Control', 'no-store');
  context.header('Vary', 'Accept');
  const wantsPage = facts.status === 200 && request.headers.get('accept') === 'text/html';
  return wantsPage ? context.html(asPage(JSON.stringify(answer)), 200) : context.json(answer, facts.status);
});
