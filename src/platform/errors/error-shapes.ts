import { z } from '@hono/zod-openapi';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, errorCodes } from './error-codes.ts';

/** What a shape is made of: an `AppError`, or an example of one. */
export interface ShownError {
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
}

interface ErrorFace {
  schema: z.ZodType;
  /** Statuses whose body has another schema than the rest. */
  schemaOfStatus?: Readonly<Record<number, z.ZodType>>;
  /** Codes that have another status on this face than in the table. */
  statusOfCode?: Partial<Record<ErrorCode, ContentfulStatusCode>>;
  render(error: ShownError): object;
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

const sessionsErrorSchema = z.object({ detail: z.string() }).openapi('SessionsError');

const sessionsLimitSchema = z.object({ error: z.string() }).openapi('SessionsRateLimitError');

const issuesSchema = z.array(z.object({ path: z.string(), message: z.string() }));

/** The text of an error with what is wrong with which field: for a shape without details, or whose readers show the text alone. */
export function inWords({ message, details }: ShownError): string {
  const issues = issuesSchema.safeParse(details.issues);
  if (!issues.success || issues.data.length === 0) return message;
  return `${message} ${issues.data.map((issue) => `${issue.path}: ${issue.message}`).join('; ')}`;
}

/** How each face shows an error (contract, "Error shapes"), and the schema of that. */
export const errorShapes = {
  pool: {
    schema: poolErrorSchema,
    render: ({ code, message, details }) => ({ error: { code, message, details } }),
  },
  ops: {
    schema: opsErrorSchema,
    render: (error) => ({ error: inWords(error), code: error.code }),
  },
  graphql: {
    schema: graphqlErrorSchema,
    render: (error) => ({ errors: [{ message: inWords(error), extensions: { ...error.details, code: error.code } }] }),
  },
  sessions: {
    schema: sessionsErrorSchema,
    schemaOfStatus: { 429: sessionsLimitSchema },
    statusOfCode: { VALIDATION_ERROR: 400 },
    render: (error) => (error.code === 'RATE_LIMITED' ? { error: error.message } : { detail: inWords(error) }),
  },
} as const satisfies Record<string, ErrorFace>;

export type ErrorShape = keyof typeof errorShapes;

/** The status of an error on a face. */
export function statusOfCode(code: ErrorCode, shape: ErrorShape): ContentfulStatusCode {
  const { statusOfCode: own }: ErrorFace = errorShapes[shape];
  return own?.[code] ?? errorCodes[code].status;
}

/** The schema of what a face answers with an error's status. */
export function errorSchemaOf(status: number, shape: ErrorShape): z.ZodType {
  const { schema, schemaOfStatus }: ErrorFace = errorShapes[shape];
  return schemaOfStatus?.[status] ?? schema;
}
