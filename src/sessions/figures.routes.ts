import { defineRoute } from '../accounts/route.ts';
import type { AppEnv } from '../app-env.ts';
import { createRouter, jsonResponse } from '../platform/http/openapi.ts';
import { ipStatusSchema, sessionStatsSchema, sessionsHealthSchema } from './figures.schemas.ts';

const tags = ['Sessions'];

const getHealth = defineRoute({
  method: 'get',
  path: '/api/health',
  access: 'public',
  summary: 'Whether the sessions face works, and how much is going on',
  tags,
  responses: {
    200: jsonResponse(sessionsHealthSchema, 'It works.'),
    503: jsonResponse(sessionsHealthSchema, 'The database does not answer.'),
  },
});

const getStats = defineRoute({
  method: 'get',
  path: '/api/stats',
  access: 'read',
  summary: 'Your sessions in figures, and how their proxies do',
  tags,
  responses: { 200: jsonResponse(sessionStatsSchema, 'The figures.') },
});

const getIpStatus = defineRoute({
  method: 'get',
  path: '/api/ip/status',
  access: 'read',
  summary: 'How the proxies of your sessions do',
  tags,
  responses: { 200: jsonResponse(ipStatusSchema, 'The proxies, the one used last first.') },
});

export const figuresRoutes = createRouter<AppEnv>()
  .openapi(getHealth, async (context) => {
    const health = await context.var.services.sessionFigures.health();
    return health.status === 'healthy' ? context.json(health, 200) : context.json(health, 503);
  })
  .openapi(getStats, async (context) =>
    context.json(await context.var.services.sessionFigures.stats(context.var.caller.accountId), 200),
  )
  .openapi(getIpStatus, async (context) =>
    context.json(await context.var.services.sessionFigures.ipStatus(context.var.caller.accountId), 200),
  );
