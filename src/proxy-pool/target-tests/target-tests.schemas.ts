import { z } from '@hono/zod-openapi';
import { wantedProxyFields } from '../leases/leases.schemas.ts';

/** Each is a sub-invocation; the platform allows 32 a request, and this one has others to make. */
export const MAX_TEST_PROXIES = 20;
const DEFAULT_TEST_PROXIES = 5;
/** All are tested at once, so this is also how long the answer takes. */
export const MAX_TEST_TIMEOUT_SECONDS = 30;
const DEFAULT_TEST_TIMEOUT_SECONDS = 10;

export const testProxiesSchema = z
  .strictObject({
    url: z.string().min(1).openapi({ example: 'https://example.com' }),
    count: z.number().int().min(1).max(MAX_TEST_PROXIES).default(DEFAULT_TEST_PROXIES),
    timeout_seconds: z.number().min(1).max(MAX_TEST_TIMEOUT_SECONDS).default(DEFAULT_TEST_TIMEOUT_SECONDS),
    ...wantedProxyFields,
  })
  .openapi('TestProxiesRequest');

export type TestProxiesBody = z.infer<typeof testProxiesSchema>;

export const proxyTestSchema = z
  .object({
    proxy_id: z.uuid(),
    ip: z.string(),
    port: z.number().int(),
    reachable: z.boolean().openapi({ description: 'The target answered, whatever its status.' }),
    status_code: z.number().int().nullable(),
    latency_ms: z.number().nullable().openapi({ description: "From the first packet to the answer's head." }),
    error: z.string().nullable(),
  })
  .openapi('ProxyTest');

export type ProxyTestView = z.infer<typeof proxyTestSchema>;

export const proxyTestsSchema = z
  .object({
    url: z.string(),
    results: z.array(proxyTestSchema),
    success_rate: z.number().openapi({ description: 'Share of the proxies that reached the target, 0 to 1.' }),
  })
  .openapi('ProxyTests');
