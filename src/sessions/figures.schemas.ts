import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../platform/http/openapi.ts';
import { proxyHealths } from './proxy-health.model.ts';

const count = z.number().int();

export const sessionsHealthSchema = z
  .object({
    status: z.enum(['healthy', 'unhealthy']),
    timestamp: timestampSchema,
    active_sessions: count.nullable().openapi({ description: 'Of all accounts; null while it can’t be told.' }),
    database_path: z.string().openapi({ example: 'd1:DB' }),
    version: z.string(),
    auth_enabled: z.boolean(),
    rate_limiting: z.boolean(),
  })
  .openapi('SessionsHealth');

const sessionProxySchema = z
  .object({
    url: z.string().openapi({ example: '1.2.3.4:12321' }),
    uses: count.openapi({ description: 'Sessions that ended.', example: 20 }),
    successes: count.openapi({ example: 18 }),
    failures: count.openapi({ example: 2 }),
    success_rate: z.number().openapi({ description: '0 to 1.', example: 0.9 }),
    status: z.enum(proxyHealths),
    enabled: z.boolean().openapi({ description: 'Three failures in a row disable a proxy for 30 minutes.' }),
    last_used: timestampSchema,
    avg_latency_ms: z.number().openapi({ description: 'Mean duration of its successes.', example: 1_500 }),
    country: z.string().nullable(),
  })
  .openapi('SessionProxy');

export type SessionProxyView = z.infer<typeof sessionProxySchema>;

const healthCounts = z.object({ healthy: count, flagged: count, blacklisted: count }).openapi('SessionProxyHealth');

const proxies = z.array(sessionProxySchema).openapi({ description: 'The 1,000 used last.' });

export const sessionStatsSchema = z
  .object({
    total_sessions: count.openapi({ example: 100 }),
    active_sessions: count.openapi({ example: 5 }),
    successful_sessions: count.openapi({ example: 85 }),
    failed_sessions: count.openapi({ example: 10 }),
    total_events: count.openapi({ example: 1_500 }),
    average_duration: z.number().openapi({ description: 'Seconds, over ended sessions.', example: 12.5 }),
    success_rate: z.number().openapi({ description: '0 to 100, over ended sessions.', example: 89.47 }),
    proxy_stats: proxies,
    ip_health: healthCounts,
  })
  .openapi('SessionStats');

export const ipStatusSchema = z.object({ proxies, health: healthCounts }).openapi('IpStatus');
