import { z } from '@hono/zod-openapi';
import { integerParameter, timestampSchema } from '../../platform/http/openapi.ts';
import { pageOf } from '../../platform/http/pagination.ts';
import { historyIntervals } from './history.types.ts';

const count = z.number().int();

/** Tenths from 0 to 1: as fine as a histogram is read. */
export const SCORE_BUCKETS = 10;

export const poolStatsSchema = z
  .object({
    total_proxies: count,
    by_status: z.object({ active: count, dead: count, unchecked: count, unsupported: count }),
    by_protocol: z.object({ http: count, https: count, socks4: count, socks5: count }),
    by_anonymity: z.object({ transparent: count, anonymous: count, elite: count }),
    by_country: z
      .record(z.string(), count)
      .openapi({ description: 'Active proxies by country, the most first.', example: { US: 12, DE: 7 } }),
    by_score: z
      .array(count)
      .length(SCORE_BUCKETS)
      .openapi({
        description: 'Active proxies by score: from 0, from 0.1, … from 0.9 up to 1.',
        example: [0, 0, 1, 0, 2, 3, 5, 9, 14, 8],
      }),
    avg_score: z.number().nullable().openapi({ description: 'Over the active proxies.' }),
    avg_latency_ms: z.number().nullable().openapi({ description: 'Over the active proxies.' }),
    sources_active: count,
    sources_total: count,
    last_scrape_at: timestampSchema.nullable(),
    last_validation_at: timestampSchema.nullable(),
  })
  .openapi('PoolStats');

/** A day: as much as one looks back at a glance. */
const DEFAULT_HISTORY_HOURS = 24;
/** Thirty days: so long hours are kept. */
export const MAX_HISTORY_HOURS = 720;

export const historyQuery = z.object({
  hours: integerParameter(1, MAX_HISTORY_HOURS)
    .default(DEFAULT_HISTORY_HOURS)
    .openapi({
      param: {
        schema: { type: 'integer', minimum: 1, maximum: MAX_HISTORY_HOURS, default: DEFAULT_HISTORY_HOURS },
      },
      description: 'How far back. Up to 6 hours come by minute, more by hour.',
    }),
});

export const historySchema = z
  .object({
    interval: z.enum(historyIntervals),
    buckets: z
      .array(
        z.object({
          started_at: timestampSchema,
          passed: count.openapi({ example: 118 }),
          failed: count.openapi({ example: 2 }),
          inconclusive: count.openapi({ example: 0, description: 'Rounds that say nothing of the proxy.' }),
          checks_per_second: z.number().openapi({ example: 2 }),
          success_rate: z
            .number()
            .nullable()
            .openapi({ example: 0.9833, description: 'Passed of those that passed or failed; null: none did.' }),
        }),
      )
      .openapi({
        description: 'Oldest first, without gaps. The last one still runs; its rate is of what has gone by.',
      }),
  })
  .openapi('CheckHistory');

const share = z.number().min(0).max(1).nullable();

export const leagueItemSchema = z
  .object({
    source_id: z.uuid(),
    url: z.string().openapi({ description: 'Without user name, password and query.' }),
    is_active: z.boolean(),
    proxies_discovered: count.openapi({
      description: 'Proxies that this source was the first to bring, those deleted since included.',
    }),
    unique_share: share.openapi({
      description: 'Of those, the share that no other source ever listed. null: it discovered none.',
    }),
    alive_after_1h: share.openapi({
      description:
        'Of the lives of its proxies, the share that lasts an hour or more: a life begins with the round that makes a proxy active, and ends with the last one passed before it is dead. Lives that are too young to tell don’t count. null: all are.',
    }),
    alive_after_24h: share.openapi({ description: 'The same for a day.' }),
    median_life_minutes: count.nullable().openapi({
      description: 'Half of the lives last so long, or longer. null: more than half outlast what has been seen.',
    }),
  })
  .openapi('SourceLeagueItem');

export const leaguePageSchema = pageOf(leagueItemSchema).openapi('SourceLeaguePage');

export const pluginStatsSchema = z
  .object({
    parsers: z.array(z.object({ name: z.string(), type: z.literal('SourceParser') })),
    checkers: z.array(z.object({ name: z.string(), stage: count, priority: count })),
    notifiers: z.array(z.object({ name: z.string(), healthy: z.boolean(), subscribes_to: z.array(z.string()) })),
  })
  .openapi('PluginStats');
