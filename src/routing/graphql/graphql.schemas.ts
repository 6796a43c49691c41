import { z } from '@hono/zod-openapi';

export const graphqlRequestSchema = z
  .object(
    {
      query: z.string().openapi({ example: '{ targets { name regex poolName resolvedIps { address } } }' }),
      variables: z.record(z.string(), z.unknown()).nullish().openapi({ example: {} }),
      operationName: z.string().nullish().openapi({ example: null }),
    },
    { error: ({ input }) => (Array.isArray(input) ? 'one operation a request: batches are not taken' : undefined) },
  )
  .openapi('GraphqlRequest');

export const graphqlErrorsSchema = z
  .array(
    z.object({
      message: z.string().openapi({ example: "Target 'x' not found." }),
      locations: z.array(z.object({ line: z.number().int(), column: z.number().int() })).optional(),
      path: z.array(z.union([z.string(), z.number().int()])).optional(),
      extensions: z.looseObject({ code: z.string().openapi({ example: 'NOT_FOUND' }) }),
    }),
  )
  .openapi('GraphqlErrors');

export const graphqlAnswerSchema = z
  .object({
    data: z.record(z.string(), z.unknown()).nullish().openapi({ description: 'Absent when nothing was executed.' }),
    errors: graphqlErrorsSchema.optional(),
  })
  .openapi('GraphqlAnswer');
