import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';

const count = z.number().int();

export const poolStatsSchema = z
  .object({
    total_proxies: count,
    by_status: z.object({ active: count, dead: count, unchecked: count, unsupported: count }),
    by_protocol: z.object({ http: count, https: count, socks4: count, socks5: count }),
    by_anonymity: z.object({ transparent: count, anonymous: count, elite: count }),
    avg_score: z.number().nullable().openapi({ description: 'Over the active proxies.' }),
    avg_latency_ms: z.number().nullable().openapi({ description: 'Over the active proxies.' }),
    sources_active: count,
    sources_total: count,
    last_scrape_at: timestampSchema.nullable(),
    last_validation_at: timestampSchema.nullable(),
  })
  .openapi('PoolStats');

export const pluginStatsSchema = z
  .object({
    parsers: z.array(z.object({ name: z.string(), type: z.literal('SourceParser') })),
    checkers: z.array(z.object({ name: z.string(), stage: count, priority: count })),
    notifiers: z.array(z.object({ name: z.string(), healthy: z.boolean(), subscribes_to: z.array(z.string()) })),
  })
  .openapi('PluginStats');
