import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { readableText } from '../../platform/http/readable-text.ts';
import { DEFAULT_POOL, POOL_NAME } from '../pools/pools.types.ts';
import { anonymityLevels, proxyProtocols } from '../proxies/proxies.types.ts';
import { leasePreferences, reportOutcomes } from './lease-book.types.ts';

/** Long enough for a crawl's session; a longer one renews (contract, "Pool face"). */
export const MAX_LEASE_SECONDS = 3_600;
export const DEFAULT_LEASE_SECONDS = 300;
/** Below the time after which clients and middleboxes give a silent request up. */
export const MAX_WAIT_SECONDS = 30;

const leaseDurationSchema = z.number().int().min(1).max(MAX_LEASE_SECONDS).default(DEFAULT_LEASE_SECONDS);

/** A crawl that has tried so many asks for something else. Each is compared with what is looked at. */
export const MAX_EXCLUDED_PROXIES = 100;

/** Which proxies somebody wants. */
export const wantedProxyFields = {
  protocol: z.enum(proxyProtocols).nullish(),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be an ISO 3166-1 code of two letters')
    .transform((code) => code.toUpperCase())
    .nullish(),
  anonymity: z.enum(anonymityLevels).nullish(),
  min_score: z.number().min(0).max(1).nullish(),
  pool: z.string().regex(POOL_NAME, 'is not the name of a pool').default(DEFAULT_POOL),
};

export const acquireSchema = z
  .strictObject({
    ...wantedProxyFields,
    lease_duration_seconds: leaseDurationSchema,
    exclude: z
      .array(z.uuid())
      .max(MAX_EXCLUDED_PROXIES)
      .default([])
      .openapi({ description: 'Ids of proxies that won’t do, such as those that were tried already.' }),
    prefer: z.enum(leasePreferences).default('best').openapi({
      description:
        'Of several matches: `best` has the best score, `fastest` the lowest latency, `least_used` the last lease longest ago, `random` is any.',
    }),
    wait_seconds: z.number().int().min(0).max(MAX_WAIT_SECONDS).default(0),
  })
  .openapi('AcquireRequest');

export type AcquireBody = z.infer<typeof acquireSchema>;

export const leasedProxySchema = z
  .object({
    id: z.string(),
    url: z.string().openapi({
      description:
        '`protocol://[user:password@]ip:port`. An `https` proxy is spoken to in plain TCP and tunnels by CONNECT: curl, like most clients, calls that `http://ip:port`; its `socks4a` and `socks5h` are our `socks4` and `socks5`.',
      example: 'http://203.0.113.42:8080',
    }),
    ip: z.string(),
    port: z.number().int(),
    protocol: z.enum(proxyProtocols),
    country: z.string().nullable(),
    anonymity: z.enum(anonymityLevels).nullable(),
  })
  .openapi('LeasedProxy');

export const acquiredSchema = z
  .object({
    lease_id: z.string(),
    proxy: leasedProxySchema,
    acquired_at: timestampSchema,
    expires_at: timestampSchema,
    credits_remaining: z.number().int(),
  })
  .openapi('AcquiredLease');

export const renewSchema = z.strictObject({ lease_duration_seconds: leaseDurationSchema }).openapi('RenewRequest');

export type RenewBody = z.infer<typeof renewSchema>;

export const releasedSchema = z
  .object({ lease_id: z.string(), status: z.literal('released'), released_at: timestampSchema })
  .openapi('ReleasedLease');

/** A URL or a host; longer ones are nobody's. */
export const MAX_TARGET_CHARACTERS = 2_048;

export const reportSchema = z
  .strictObject({
    outcome: z.enum(reportOutcomes).openapi({
      example: 'dead',
      description:
        '`dead`: the proxy doesn’t work at all; it is checked again at once, and refunded if it fails. `blocked`: a target refuses it. `ok`: it does its work.',
    }),
    target: readableText(MAX_TARGET_CHARACTERS)
      .nullish()
      .openapi({ example: 'https://example.com/', description: 'What it was used for; only you see it again.' }),
  })
  .openapi('ReportRequest');

export type ReportBody = z.infer<typeof reportSchema>;

export const recheckFindings = ['passed', 'failed', 'inconclusive'] as const;
export type RecheckFinding = (typeof recheckFindings)[number];

export const reportedSchema = z
  .object({
    lease_id: z.string(),
    outcome: z.enum(reportOutcomes).openapi({ example: 'dead' }),
    refunded: z.boolean().openapi({ example: true, description: 'The lease has ended and its credit came back.' }),
    credits_remaining: z.number().int(),
    recheck: z
      .enum(recheckFindings)
      .nullable()
      .openapi({ example: 'failed', description: 'What our own check found; null when there was none.' }),
    detail: z.string().openapi({
      example: 'The proxy failed our own checks, too: the lease has ended and its credit came back.',
    }),
  })
  .openapi('ReportedLease');

export type ReportedLeaseView = z.infer<typeof reportedSchema>;

export const leaseListSchema = z
  .object({
    items: z.array(
      z.object({
        lease_id: z.string(),
        proxy: leasedProxySchema,
        acquired_at: timestampSchema,
        expires_at: timestampSchema,
      }),
    ),
  })
  .openapi('LeaseList');

/** What is no lease id is simply not there: the service says so. */
export const leaseParameter = z.object({ lease_id: z.string().openapi({ format: 'uuid' }) });
