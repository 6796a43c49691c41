import { z } from '@hono/zod-openapi';
import { integerParameter, numberParameter, timestampSchema } from '../../platform/http/openapi.ts';
import { pageOf, pageQuery } from '../../platform/http/pagination.ts';
import { tamperVerdicts } from '../../plugins/checkers/tamper-verdicts.ts';
import { reportOutcomes } from '../leases/lease-book.types.ts';
import { type StandingCode, standingCodes } from './explain.model.ts';
import { anonymityLevels, proxyProtocols, proxyStatuses } from './proxies.types.ts';

/** Latencies are bounded by the checks' own time limit; a day is beyond any. */
const MAX_LATENCY_MS = 86_400_000;
/** A year: nothing is remembered for longer. */
const MAX_MINUTES = 525_600;

export const proxySortFields = ['score', 'latency', 'uptime', 'last_checked'] as const;
export type ProxySortField = (typeof proxySortFields)[number];

/** The filters of lists and exports. */
const proxyFilters = {
  status: z.enum(proxyStatuses).optional(),
  protocol: z.enum(proxyProtocols).optional(),
  anonymity: z.enum(anonymityLevels).optional(),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')
    .transform((code) => code.toUpperCase())
    .optional(),
  pool: z.string().min(1).max(64).optional(),
  min_score: numberParameter(0, 1).optional(),
  max_latency_ms: numberParameter(0, MAX_LATENCY_MS).optional(),
  min_uptime_pct: numberParameter(0, 100).optional(),
  verified_within_minutes: integerParameter(1, MAX_MINUTES).optional(),
};

const proxyFiltersSchema = z.object(proxyFilters);
export type ProxyFilters = z.infer<typeof proxyFiltersSchema>;

export const listProxiesQuery = z.object({
  ...proxyFilters,
  sort: z.enum(proxySortFields).default('score'),
  order: z.enum(['asc', 'desc']).optional().openapi({ description: 'desc by default, asc for latency' }),
  ...pageQuery,
});

export const exportProxiesQuery = z.object({
  ...proxyFilters,
  format: z.enum(['txt', 'csv', 'json']).openapi({
    description: 'txt: a proxy URL a line; csv: a header row and CRLF (RFC 4180); json: an array of proxies.',
  }),
});

export type ExportProxiesQuery = z.infer<typeof exportProxiesQuery>;

export type ListProxiesQuery = z.infer<typeof listProxiesQuery>;

export const proxySchema = z
  .object({
    id: z.uuid(),
    ip: z.string(),
    port: z.number().int(),
    protocol: z.enum(proxyProtocols),
    pool: z.string(),
    status: z.enum(proxyStatuses).openapi({ example: 'active' }),
    leasable: z.boolean().openapi({ description: 'Active, and its last round passed.' }),
    anonymity: z.enum(anonymityLevels).nullable(),
    exit_ip: z.string().nullable(),
    country: z.string().nullable(),
    score: z.number().nullable().openapi({ description: '0 to 1; only of active proxies.' }),
    avg_latency_ms: z.number().nullable(),
    uptime_pct: z.number().nullable(),
    supports_tunnel: z.boolean().nullable(),
    last_checked_at: timestampSchema.nullable(),
    first_seen_at: timestampSchema,
    tags: z.record(z.string(), z.string()),
  })
  .openapi('Proxy');

export type ProxyView = z.infer<typeof proxySchema>;

export const proxyPageSchema = pageOf(proxySchema).openapi('ProxyPage');

export const proxyCheckSchema = z
  .object({
    checker_name: z.string(),
    stage: z.number().int(),
    passed: z.boolean(),
    inconclusive: z.boolean(),
    latency_ms: z.number().nullable(),
    detail: z.string(),
    verdict: z.string().nullable().openapi({ description: 'How the proxy was caught lying, if it was.' }),
    created_at: timestampSchema,
  })
  .openapi('ProxyCheck');

export type ProxyCheckView = z.infer<typeof proxyCheckSchema>;

const standingNames = Object.keys(standingCodes) as [StandingCode, ...StandingCode[]];

const scorePart = z.object({
  value: z.number().openapi({ description: '0 to 1.', example: 0.9 }),
  weight: z.number().openapi({ example: 0.4 }),
  points: z.number().openapi({ description: 'weight · value; the four add up to the score.', example: 0.36 }),
});

export const explanationSchema = z
  .object({
    score_parts: z
      .object({ uptime: scorePart, latency: scorePart, recency: scorePart, anonymity: scorePart })
      .nullable()
      .openapi({
        description: 'As of the check that made the score. null: it has none, or one that waits for the next check.',
      }),
    leasable_now: z.boolean(),
    reason: z.object({
      code: z.enum(standingNames),
      message: z.string(),
    }),
  })
  .openapi('ProxyExplanation');

export const proxyTrustSchema = z
  .object({
    times_caught: z.number().int().openapi({ description: 'Rounds in which it was caught lying, ever.' }),
    last_verdict: z.enum(tamperVerdicts).nullable(),
    last_caught_at: timestampSchema.nullable(),
    rounds_to_pass: z
      .number()
      .int()
      .openapi({ description: 'In a row, before it may be leased; 0 when it is trusted.' }),
    explanation: z.string().openapi({ description: 'The same in plain words.' }),
  })
  .openapi('ProxyTrust');

export type ProxyTrustView = z.infer<typeof proxyTrustSchema>;

const leaseCount = z.number().int().min(0);

export const proxyReportsSchema = z
  .object({ ok: leaseCount, dead: leaseCount, blocked: leaseCount })
  .openapi('ProxyReports', { description: 'Leases of the last 30 days whose holders told so.' });

export const ownReportSchema = z
  .object({
    lease_id: z.string(),
    outcome: z.enum(reportOutcomes),
    target: z.string().nullable().openapi({ example: 'https://example.com/' }),
    created_at: timestampSchema,
  })
  .openapi('OwnReport');

export const proxyDetailSchema = z
  .object({
    proxy: proxySchema,
    explanation: explanationSchema,
    trust: proxyTrustSchema,
    reports: proxyReportsSchema,
    own_reports: z.array(ownReportSchema).openapi({ description: 'What you told of it, newest first, 20 at most.' }),
    recent_checks: z.array(proxyCheckSchema),
  })
  .openapi('ProxyDetail');
