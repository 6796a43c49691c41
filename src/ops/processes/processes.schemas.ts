import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { processNames } from './process-names.ts';
import { processStatuses } from './supervisor.types.ts';

const seconds = z.number().int().min(0).openapi({ example: 3_600 });

const process = {
  name: z.enum(processNames),
  status: z.enum(processStatuses),
  pid: z.number().int().openapi({ example: 1, description: 'Counts the starts of this process.' }),
  uptime_seconds: seconds,
  restarts: z.number().int().openapi({ example: 0 }),
  health: z.enum(['healthy', 'unhealthy', 'unknown']).openapi({ description: 'By its last run.' }),
};

export const processSchema = z.object(process).openapi('Process');

export const processListSchema = z.object({ processes: z.array(processSchema) }).openapi('ProcessList');

export const processDetailSchema = z
  .object({
    ...process,
    healthcheck: z.object({
      enabled: z.boolean(),
      last_check: timestampSchema.nullable().openapi({ description: 'When it ran last; null: not since its start.' }),
      last_output: z.string().openapi({ example: 'scrape due sources: 3 sources sent to the queue' }),
      consecutive_failures: z.number().int().openapi({ example: 0 }),
    }),
    cmd: z.string().openapi({ example: 'cron * * * * * → scrape due sources; queue switchyard-scrapes' }),
    env: z.record(z.string(), z.string()).openapi({ example: { ENCRYPTION_KEY: '[REDACTED]' } }),
  })
  .openapi('ProcessDetail');

export const successSchema = z.object({ success: z.literal(true) }).openapi('Success');

export const statusSchema = z
  .object({
    status: z.enum(['running', 'stopping', 'stopped']),
    uptime_seconds: seconds,
    config_file: z.string().openapi({ example: 'wrangler.toml' }),
    api_version: z.string().openapi({ example: 'v1' }),
  })
  .openapi('SupervisorStatus');
