import { z } from '@hono/zod-openapi';
import { integerParameter, timestampSchema } from '../../platform/http/openapi.ts';

/** The reference's default and largest list. */
export const DEFAULT_REQUESTS = 100;
export const MAX_REQUESTS = 1_000;
/** Longer than any alias, target name or method. */
const MAX_FILTER_CHARACTERS = 200;

const word = z.string().min(1).max(MAX_FILTER_CHARACTERS);
const status = integerParameter(0, 999);

/** What lists and streams of requests are filtered by. */
export const requestFilters = z.object({
  subdomain: word.optional().openapi({ description: 'A gateway alias (else id), or a routing target.' }),
  method: word
    .transform((text) => text.toUpperCase())
    .optional()
    .openapi({ param: { schema: { type: 'string', minLength: 1, maxLength: MAX_FILTER_CHARACTERS } } }),
  min_status: status.optional(),
  max_status: status.optional(),
});

export const listRequestsQuery = requestFilters.extend({
  limit: integerParameter(1, MAX_REQUESTS)
    .default(DEFAULT_REQUESTS)
    .openapi({ param: { schema: { type: 'integer', minimum: 1, maximum: MAX_REQUESTS, default: DEFAULT_REQUESTS } } }),
});

export type RequestFiltersQuery = z.output<typeof requestFilters>;
export type ListRequestsQuery = z.output<typeof listRequestsQuery>;

const summary = {
  id: z.string().openapi({ example: 'a1b2c3d', description: '7 hex digits.' }),
  timestamp: timestampSchema,
  method: z.string().openapi({ example: 'GET' }),
  url: z.string().openapi({ example: '/v1/users?page=2', description: 'What follows the alias, with its query.' }),
  subdomain: z.string().openapi({ example: 'users-api' }),
  status_code: z.number().int().openapi({ example: 200, description: 'What the caller got.' }),
  duration_ms: z.number().int().openapi({ example: 45 }),
  remote_addr: z.string().openapi({ example: '203.0.113.7' }),
  face: z.enum(['gateway', 'routing']),
  tag: z.string().nullable().openapi({ example: null, description: '`X-Proxy-Hopper-Tag` of the request.' }),
};

export const requestSchema = z.object(summary).openapi('ProxiedRequest');

export const requestListSchema = z
  .object({
    requests: z.array(requestSchema),
    filtered_count: z.number().int().openapi({ example: 1, description: 'How many are shown.' }),
    total_count: z.number().int().openapi({ example: 1, description: 'How many match.' }),
  })
  .openapi('ProxiedRequestList');

const headers = z
  .array(z.tuple([z.string(), z.string()]))
  .openapi({ example: [['accept', 'application/json']], description: 'Name and value, secrets redacted.' });
const bytes = z
  .number()
  .int()
  .nullable()
  .openapi({ example: 512, description: 'Bytes of the body; null: not counted.' });
const traffic = {
  request_headers: headers,
  response_headers: headers,
  request_bytes: bytes,
  response_bytes: bytes,
};
const body = z
  .object({
    text: z.string().nullable().openapi({ description: 'Null when it is no UTF-8 text.' }),
    truncated: z.boolean(),
  })
  .nullable()
  .openapi({ example: null, description: 'Null unless capturing bodies was asked for.' });

export const requestDetailSchema = z
  .object({
    ...summary,
    account_id: z.uuid(),
    caller: z.object(traffic).openapi({ description: 'What the caller sent and got.' }),
    target: z
      .object({
        ...traffic,
        url: z.string().openapi({ example: 'https://api.example.com/v1/users?page=2' }),
        status_code: z.number().int().nullable().openapi({ example: 200, description: 'Null: not reached.' }),
        duration_ms: z.number().int().openapi({ example: 40 }),
        error: z.string().nullable().openapi({ example: null }),
        proxy: z.string().nullable().openapi({ example: 'http://203.0.113.42:8080' }),
        attempts: z.number().int().openapi({ example: 1 }),
      })
      .nullable()
      .openapi({ description: 'What the target got and answered; null when nothing was sent to it.' }),
    request_body: body,
    response_body: body,
  })
  .openapi('ProxiedRequestDetail');

export type RequestAnswer = z.infer<typeof requestSchema>;
export type RequestDetailAnswer = z.infer<typeof requestDetailSchema>;
