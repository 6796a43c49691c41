import { z } from '@hono/zod-openapi';
import { DEFAULT_POOL, POOL_NAME } from '../pools/pools.types.ts';
import { anonymityLevels, proxyProtocols } from '../proxies/proxies.types.ts';

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
    protocol: z.enum(proxyProtocols).nullish(),
    country: z
      .string()
      .regex(/^[A-Za-z]{2}$/, 'must be an ISO 3166-1 code of two letters')
      .transform((code) => code.toUpperCase())
      .nullish(),
    anonymity: z.enum(anonymityLevels).nullish(),
    min_score: z.number().min(0).max(1).nullish(),
    pool: z.string().regex(POOL_NAME, 'is not the name of a pool').default(DEFAULT_POOL),
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
