import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { pageQuery } from '../../platform/http/pagination.ts';
import { historyQuery, historySchema, leaguePageSchema, pluginStatsSchema, poolStatsSchema } from './stats.schemas.ts';

const getPoolStats = defineRoute({
  method: 'get',
  path: '/stats/pool',
  access: 'read',
  summary: 'The inventory in figures',
  tags: ['Stats'],
  responses: { 200: jsonResponse(poolStatsSchema, 'Counts, averages and times of the whole inventory.') },
});

const getHistory = defineRoute({
  method: 'get',
  path: '/stats/history',
  access: 'read',
  summary: 'What the checks came to over time',
  tags: ['Stats'],
  request: { query: historyQuery },
  responses: { 200: jsonResponse(historySchema, 'Checks by minute or by hour, for charts.') },
});

const getSourceStats = defineRoute({
  method: 'get',
  path: '/stats/sources',
  access: 'read',
  summary: 'The source league: what each source brings, and how long it lives',
  tags: ['Stats'],
  request: { query: z.object(pageQuery) },
  responses: { 200: jsonResponse(leaguePageSchema, 'A page of sources, those with the most discoveries first.') },
  errors: ['INVALID_CURSOR'],
});

const getPluginStats = defineRoute({
  method: 'get',
  path: '/stats/plugins',
  access: 'read',
  summary: 'Which parsers, checkers and notifiers there are',
  tags: ['Stats'],
  responses: { 200: jsonResponse(pluginStatsSchema, 'The plugins, in the order in which they are tried.') },
});

export const statsRoutes = createRouter<AppEnv>()
  .openapi(getPoolStats, async (context) => context.json(await context.var.services.stats.pool(), 200))
  .openapi(getHistory, async (context) =>
    context.json(await context.var.services.stats.history(context.req.valid('query')), 200),
  )
  .openapi(getSourceStats, async (context) =>
    context.json(await context.var.services.stats.sources(context.req.valid('query')), 200),
  )
  .openapi(getPluginStats, async (context) => context.json(await context.var.services.stats.plugins(), 200));
