import { z } from '@hono/zod-openapi';

/** What a shape is made of: an `AppError`, or an example of one. */
export interface ShownError {
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
}

const poolErrorSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: 'VALIDATION_ERROR' }),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  })
  .openapi('Error');

const opsErrorSchema = z
  .object({ error: z.string(), code: z.string().openapi({ example: 'PROCESS_NOT_FOUND' }) })
  .openapi('OpsError');

const graphqlErrorSchema = z
  .object({
    errors: z.array(
      z.object({
        message: z.string(),
        extensions: z.looseObject({ code: z.string().openapi({ example: 'UNAUTHORIZED' }) }),
      }),
    ),
  })
  .openapi('GraphqlError');

const issuesSchema = z.array(z.object({ path: z.string(), message: z.string() }));

/** A flat shape has no room for details: what is wrong with which field goes into the text. */
function inWords({ message, details }: ShownError): string {
  const issues = issuesSchema.safeParse(details.issues);
  if (!issues.success || issues.data.length === 0) return message;
  return `${message} ${issues.data.map((issue) => `${issue.path}: ${issue.message}`).join('; ')}`;
}

/** How each face shows an error (contract, "Error shapes"), and the schema of that. */
export const errorShapes = {
  pool: {
    schema: poolErrorSchema,
    render: ({ code, message, details }: ShownError): object => ({ error: { code, message, details } }),
  },
  ops: {
    schema: opsErrorSchema,
    render: (error: ShownError): object => ({ error: inWords(error), code: error.code }),
  },
  graphql: {
    schema: graphqlErrorSchema,
    render: ({ code, message, details }: ShownError): object => ({
      errors: [{ message, extensions: { ...details, code } }],
    }),
  },
} as const;

export type ErrorShape = keyof typeof errorShapes;
