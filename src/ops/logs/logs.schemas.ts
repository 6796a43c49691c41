import { z } from '@hono/zod-openapi';
import { integerParameter, timestampSchema } from '../../platform/http/openapi.ts';
import { processNames } from '../processes/process-names.ts';

/** The reference's default, and more than are kept of any process. */
export const DEFAULT_LINES = 100;
export const MAX_LINES = 10_000;
/** All lines that are kept, each as long as may be, are less. */
export const MAX_BYTES = 50_000_000;
/** Room for a list of all names, each of them twice. */
const MAX_LIST_CHARACTERS = 200;
/** A longer one is refused as a pattern (400), not as a field. */
const MAX_PATTERN_FIELD_CHARACTERS = 4_096;

/** What logs and their stream are filtered by. */
export const logFilters = z.object({
  process: z
    .string()
    .max(MAX_LIST_CHARACTERS)
    .optional()
    .openapi({ example: 'scraper,validator', description: 'Names, separated by commas; all when left out.' }),
  pattern: z
    .string()
    .max(MAX_PATTERN_FIELD_CHARACTERS)
    .optional()
    .openapi({ example: 'failed', description: 'A case-sensitive substring, or RE2 with `regex=true`.' }),
  regex: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .openapi({ param: { schema: { type: 'boolean', default: false } } }),
});

export const listLogsQuery = logFilters.extend({
  lines: integerParameter(1, MAX_LINES)
    .default(DEFAULT_LINES)
    .openapi({ param: { schema: { type: 'integer', minimum: 1, maximum: MAX_LINES, default: DEFAULT_LINES } } }),
  bytes: integerParameter(1, MAX_BYTES).optional(),
});

export type LogFilters = z.output<typeof logFilters>;
export type ListLogsQuery = z.output<typeof listLogsQuery>;

export const logLineSchema = z
  .object({
    timestamp: timestampSchema,
    process: z.enum(processNames),
    stream: z.enum(['stdout', 'stderr']).openapi({ description: '`stderr`: warnings and errors.' }),
    line: z.string().openapi({ example: 'scrape due sources: 3 sources sent to the queue' }),
    level: z.enum(['debug', 'info', 'warn', 'error']),
  })
  .openapi('LogLine');

export const logListSchema = z
  .object({
    logs: z.array(logLineSchema),
    filtered_count: z.number().int().openapi({ example: 1, description: 'How many are shown.' }),
    total_count: z.number().int().openapi({ example: 1, description: 'How many match, before the limits.' }),
  })
  .openapi('LogList');

export type LogLineAnswer = z.infer<typeof logLineSchema>;
