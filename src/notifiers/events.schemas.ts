import { z } from '@hono/zod-openapi';
import { timestampSchema } from '../platform/http/openapi.ts';

const count = z.number().int().min(0);
const proxyId = z.uuid().openapi({ description: 'As in `GET /proxies/{proxy_id}`.' });

const sourceFailure = {
  source_id: z.uuid(),
  url: z.string().openapi({ description: 'Without query and userinfo.', example: 'https://example.com/proxies.txt' }),
  code: z.string().openapi({ example: 'SOURCE_TIMEOUT' }),
  message: z.string().openapi({ example: 'The source took too long.' }),
  consecutive_failures: count.openapi({ example: 10 }),
};

const balanceOfAccount = { account_id: z.uuid(), balance: count.openapi({ example: 9 }) };

interface EventDefinition {
  /** When it is raised, for people. */
  summary: string;
  data: z.ZodObject;
}

/**
 * Every event that notifiers hear of: when it is raised, and the JSON that it carries. Fields are only ever added: a
 * receiver that was written once keeps working. Never a secret.
 */
export const eventDefinitions = {
  'proxy.pool_low': {
    summary: 'A pool has fewer leasable proxies than POOL_LOW_THRESHOLD; told again only after it had recovered.',
    data: z.strictObject({
      pool: z.string().openapi({ example: 'default' }),
      leasable: count.openapi({ example: 7 }),
      threshold: count.openapi({ example: 10 }),
    }),
  },
  'proxy.died': {
    summary: 'A proxy that had been good failed three rounds in a row.',
    data: z.strictObject({
      proxy_id: proxyId,
      ip: z.string().openapi({ example: '203.0.113.7' }),
      port: z.number().int(),
      protocol: z.string().openapi({ example: 'socks5' }),
    }),
  },
  'source.failed': {
    summary: 'A scrape failed; it is tried again later.',
    data: z.strictObject(sourceFailure),
  },
  'source.deactivated': {
    summary: 'A source failed so often in a row that it was switched off.',
    data: z.strictObject(sourceFailure),
  },
  'credits.low': {
    summary: 'An account fell below 10 credits.',
    data: z.strictObject(balanceOfAccount),
  },
  'credits.exhausted': {
    summary: 'An account spent its last credit.',
    data: z.strictObject(balanceOfAccount),
  },
  'lease.expired': {
    summary: 'A lease ended by its time, not by its holder.',
    data: z.strictObject({ lease_id: z.uuid(), account_id: z.uuid(), proxy_id: proxyId }),
  },
  'sweep.suspect': {
    summary: 'Nearly all good proxies failed at once: held to be our own fault, nothing counted.',
    data: z.strictObject({ sweep_started_at: timestampSchema, good: count, failed: count }),
  },
  'notifier.test': {
    summary: 'Somebody asked for a test delivery.',
    data: z.strictObject({ notifier_id: z.uuid(), name: z.string().openapi({ example: 'On-call' }) }),
  },
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof eventDefinitions;

/** The JSON that an event of this type carries. */
export type EventData<Type extends EventType> = z.infer<(typeof eventDefinitions)[Type]['data']>;

export const eventTypes = Object.keys(eventDefinitions) as EventType[];

/** An event as it goes over the wire (Standard Webhooks 1.0, "Payload structure"); its id is the header `webhook-id`. */
export function eventEnvelope<Data extends z.ZodType>(type: string, data: Data) {
  return z.object({
    type: z.literal(type),
    timestamp: timestampSchema.openapi({ description: 'When it happened.' }),
    data,
  });
}
