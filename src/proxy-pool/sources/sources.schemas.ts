import { z } from '@hono/zod-openapi';
import { namedValues } from '../../platform/http/named-values.ts';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { pageQuery } from '../../platform/http/pagination.ts';
import { requestHeadersProblem } from '../../platform/http/request-headers.model.ts';
import { DEFAULT_POOL, POOL_NAME } from '../pools/pools.types.ts';
import { proxyProtocols } from '../proxies/proxies.types.ts';
import { MAX_CRON_CHARACTERS, nextRunAtMs } from './schedule.model.ts';

/** What clients and proxies agree on for URLs. */
const MAX_URL_CHARACTERS = 2_048;
const MAX_PARSER_NAME_CHARACTERS = 64;

const urlField = z
  .string()
  .max(MAX_URL_CHARACTERS)
  .refine(
    (text) => text.isWellFormed() && /^https?:\/\//i.test(text) && URL.canParse(text),
    'must be an http or https URL',
  )
  .openapi({ example: 'https://example.com/proxies.txt' });
const parserNameField = z
  .string()
  .min(1)
  .max(MAX_PARSER_NAME_CHARACTERS)
  .openapi({ example: 'plaintext', description: 'Left out: the first parser that supports the URL.' });
const cronField = z
  .string()
  .max(MAX_CRON_CHARACTERS)
  .refine(
    (text) => nextRunAtMs(text, Date.now()) !== null,
    'must be a cron expression of five fields that fires some day',
  )
  .openapi({ example: '*/30 * * * *', description: "UTC. Null or left out: the parser's default schedule." });
const protocolField = z.enum(proxyProtocols).openapi({ description: 'Of list entries that name none.' });
const poolField = z
  .string()
  .regex(POOL_NAME, 'must be of a-z, 0-9 and -, 63 characters at most')
  .openapi({ example: 'default' });

const headersField = namedValues(
  z.record(z.string(), z.string()).superRefine((headers, context) => {
    const problem = requestHeadersProblem(headers);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  }),
).openapi({
  description: 'Sent with each fetch; stored encrypted and never shown.',
  example: { 'x-api-key': 'secret' },
});

export const createSourceSchema = z
  .strictObject({
    url: urlField,
    parser_name: parserNameField.nullish(),
    cron_schedule: cronField.nullish(),
    default_protocol: protocolField.default('http'),
    is_active: z.boolean().default(true),
    pool: poolField.default(DEFAULT_POOL),
    headers: headersField.nullish(),
  })
  .openapi('NewSource');

export const patchSourceSchema = z
  .strictObject({
    url: urlField,
    parser_name: parserNameField,
    cron_schedule: cronField.nullable(),
    default_protocol: protocolField,
    is_active: z.boolean(),
    pool: poolField,
    headers: headersField.nullable(),
  })
  .partial()
  .openapi('SourceChange');

export const sourceSchema = z
  .object({
    id: z.uuid(),
    url: z.string().openapi({ description: 'Without query for callers who may not write.' }),
    parser_name: z.string(),
    cron_schedule: z.string(),
    default_protocol: z.enum(proxyProtocols),
    is_active: z.boolean(),
    pool: z.string(),
    has_headers: z.boolean(),
    last_scraped_at: timestampSchema.nullable(),
    last_error: z.string().nullable(),
    consecutive_failures: z.number().int(),
    next_scrape_at: timestampSchema.nullable(),
    created_at: timestampSchema,
  })
  .openapi('Source');

export const listSourcesQuery = z.object({
  is_active: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .openapi({ type: 'boolean' }),
  ...pageQuery,
});

export const scrapeResultSchema = z
  .object({
    source_id: z.uuid(),
    proxies_discovered: z.number().int().openapi({ description: 'Distinct entries: new and updated ones.' }),
    proxies_new: z.number().int(),
    proxies_updated: z.number().int(),
    skipped: z.number().int().openapi({ description: 'Entries that are no proxy, or have no public address.' }),
    truncated: z.boolean().openapi({ description: 'True when the list had more entries than are read.' }),
    duration_ms: z.number().int(),
  })
  .openapi('ScrapeResult');

export const previewSourceSchema = z
  .strictObject({
    url: urlField,
    parser_name: parserNameField.nullish(),
    default_protocol: protocolField.default('http'),
    headers: headersField.nullish(),
  })
  .openapi('SourcePreviewRequest');

export const previewSchema = z
  .object({
    parser_name: z.string(),
    total: z.number().int(),
    skipped: z.number().int(),
    truncated: z.boolean(),
    items: z.array(
      z.object({
        ip: z.string(),
        port: z.number().int(),
        protocol: z.enum(proxyProtocols),
        country: z.string().nullable(),
        has_credentials: z.boolean(),
        tags: z.record(z.string(), z.string()),
      }),
    ),
  })
  .openapi('SourcePreview');
