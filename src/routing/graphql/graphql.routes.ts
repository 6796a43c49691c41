import type { GraphQLError } from 'graphql';
import { defineRoute } from '../../accounts/route.ts';
import type { AppContext, AppEnv } from '../../app-env.ts';
import type { AppError } from '../../platform/errors/app-error.ts';
import { idempotencyHeaders, REPLAYED_HEADER, readIdempotency } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { describeError } from '../../platform/log/logger.ts';
import { executeGraphql } from './execute.ts';
import { graphqlAnswerSchema, graphqlRequestSchema } from './graphql.schemas.ts';

/** GraphQL over HTTP: who asks for this type is told by the status, too, that nothing was executed. */
const GRAPHQL_MEDIA_TYPE = 'application/graphql-response+json';

const runGraphql = defineRoute({
  method: 'post',
  path: '/graphql',
  access: 'read',
  summary: 'Routing: providers, IP pools and targets, by GraphQL',
  description:
    'One query or mutation a request; `GET /graphql` in a browser is a page to write them in, and introspection describes ' +
    'them. Errors are in `errors`, their codes in `extensions.code`, with status 200; 400 when nothing was executed and ' +
    `\`Accept\` names \`${GRAPHQL_MEDIA_TYPE}\`.`,
  tags: ['Routing'],
  request: { headers: idempotencyHeaders, body: jsonBody(graphqlRequestSchema) },
  responses: {
    200: jsonResponse(graphqlAnswerSchema, 'What came of it.'),
    400: jsonResponse(
      graphqlAnswerSchema,
      'Nothing was executed: `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED`, `QUERY_TOO_COMPLEX`; or the body is no ' +
        'JSON: `INVALID_JSON`.',
    ),
  },
});

/** What is ours to mend goes to the log, complete. */
function log(error: GraphQLError, { code }: AppError, { var: { requestId, services } }: AppContext): void {
  if (code !== 'INTERNAL' && code !== 'UNAVAILABLE') return;
  const cause = error.cause ?? error.originalError ?? error;
  services.logger.error('graphql field failed', { requestId, field: error.path?.join('.'), ...describeError(cause) });
}

export const graphqlRoutes = createRouter<AppEnv>().openapi(runGraphql, async (context) => {
  const { caller, services } = context.var;
  const idempotency = await readIdempotency(context);
  const rootValue = services.graphqlRootValue({
    caller,
    idempotency,
    onReplay: () => context.header(REPLAYED_HEADER, 'true'),
  });
  const answer = await executeGraphql(context.req.valid('json'), rootValue, (error, shown) =>
    log(error, shown, context),
  );
  const isTold = context.req.header('accept')?.includes(GRAPHQL_MEDIA_TYPE) === true;
  const status = isTold && answer.data === undefined ? 400 : 200;
  const headers = { 'Cache-Control': 'no-store', ...(isTold && { 'Content-Type': GRAPHQL_MEDIA_TYPE }) };
  return context.json(answer, status, headers);
});
